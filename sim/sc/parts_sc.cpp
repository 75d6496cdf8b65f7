// parts_sc.cpp - see parts_sc.hpp.
#include "parts_sc.hpp"

#include <map>
#include <stdexcept>
#include <string>

namespace egret
{

namespace
{

std::string placed(const char *what, Cell2d cell)
{
    return what + ("_" + std::to_string(cell.x)) + "_" + std::to_string(cell.y);
}

// Sends a job through a socket and returns what the target makes of its time.
template <typename Job>
std::uint64_t transport(PartSocket &socket, const Job &job, tlm::tlm_generic_payload &transaction)
{
    // Its target may throw; a transaction would free what it still carries.
    struct Carried {
        tlm::tlm_generic_payload &by;
        JobExtension<Job> extension;
        ~Carried()
        {
            by.clear_extension(&extension);
        }
    } carried{transaction, {}};
    carried.extension.job = job;
    transaction.set_extension(&carried.extension);
    transaction.set_response_status(tlm::TLM_INCOMPLETE_RESPONSE);
    sc_core::sc_time delay = sc_core::SC_ZERO_TIME;
    socket->b_transport(transaction, delay);
    if (transaction.is_response_error())
        throw std::runtime_error(std::string(socket.name()) + ": the module bound there answers " +
                                 transaction.get_response_string() + "; expected TLM_OK_RESPONSE");
    return delay.value();
}

// A transaction that says all in its extension.
template <typename Job> std::uint64_t transport(PartSocket &socket, const Job &job)
{
    tlm::tlm_generic_payload transaction;
    transaction.set_command(tlm::TLM_IGNORE_COMMAND);
    return transport(socket, job, transaction);
}

bool is_bound(const PartSocket &socket)
{
    return socket.size() > 0;
}

std::uint64_t on_array(void *context, const ArrayJob *job)
{
    PartSocket &socket = static_cast<ChipParts *>(context)->core(job->core)->mac_array;
    return is_bound(socket) ? transport(socket, *job) : job->built_in_ps;
}

std::uint64_t on_lookup(void *context, const LookupJob *job)
{
    PartSocket &socket = static_cast<ChipParts *>(context)->router(job->router)->lookup;
    return is_bound(socket) ? transport(socket, *job) : job->built_in_ps;
}

// The data that a read returns is of no interest, but a memory model wants to write it somewhere.
std::uint64_t on_read(void *context, const ReadJob *job)
{
    PartSocket &socket = static_cast<ChipParts *>(context)->dram(job->chip)->read;
    if (!is_bound(socket))
        return job->built_in_ps;
    std::vector<unsigned char> data(job->n_bytes);
    tlm::tlm_generic_payload transaction;
    transaction.set_command(tlm::TLM_READ_COMMAND);
    transaction.set_address(0);
    transaction.set_data_ptr(data.data());
    transaction.set_data_length(static_cast<unsigned>(job->n_bytes));
    transaction.set_streaming_width(static_cast<unsigned>(job->n_bytes));
    return transport(socket, *job, transaction);
}

std::uint64_t on_send(void *context, const SendJob *job)
{
    return transport(static_cast<ChipParts *>(context)->host().link, *job);
}

std::uint64_t on_frame(void *context, const FrameJob *job)
{
    PartSocket &socket = static_cast<ChipParts *>(context)->link(job->link)->frame;
    return is_bound(socket) ? transport(socket, *job) : job->built_in_ps;
}

std::vector<const char *> link_names(const Topology &topology, std::uint32_t router)
{
    static const char *const four[] = {"link_e", "link_n", "link_w", "link_s"};
    static const char *const six[] = {"link_e", "link_ne", "link_n", "link_w", "link_sw", "link_s"};
    const char *const *side = topology.n_sides == 6 ? six : four;
    std::vector<const char *> names;
    for (std::uint32_t l = topology.first_router_link[router];
         l < topology.first_router_link[router + 1]; l++)
        names.push_back(side[topology.router_link[l].side]);
    return names;
}

} // namespace

Tile::Tile(const sc_core::sc_module_name &name, const std::vector<std::uint32_t> &core_ids)
    : Part(name)
{
    for (const std::uint32_t id : core_ids)
        cores.push_back(std::make_unique<Core>(("core_" + std::to_string(id)).c_str(), id));
}

Router::Router(const sc_core::sc_module_name &name, std::uint32_t first_link,
               const std::vector<const char *> &link_names)
    : Part(name)
{
    for (const char *link : link_names)
        links.push_back(std::make_unique<Link>(link, first_link++));
}

ChipModule::ChipModule(const sc_core::sc_module_name &name, std::uint32_t chip,
                       const Program &program, const Topology &topology)
    : Part(name)
{
    const ::Chip &description = *topology.chip;
    if (description.dram.bytes.value > 0)
        dram = std::make_unique<Dram>("dram");
    make_routers(chip, topology);
    make_tiles(chip, program, description);
}

void ChipModule::make_routers(std::uint32_t chip, const Topology &topology)
{
    if (topology.chip->fabric.routing != ROUTING_MESH) {
        routers.push_back(std::make_unique<Router>("router", topology.first_router_link[chip],
                                                   link_names(topology, chip)));
        return;
    }
    for (std::uint32_t r = 0; r < topology.n_routers; r++) {
        const std::string place = placed("router", topology.router_cell[r]);
        routers.push_back(std::make_unique<Router>(place.c_str(), topology.first_router_link[r],
                                                   link_names(topology, r)));
    }
}

void ChipModule::make_tiles(std::uint32_t chip, const Program &program, const ::Chip &description)
{
    const std::uint32_t first = chip * description.n_tiles, end = first + description.n_tiles;
    std::map<std::uint32_t, std::vector<std::uint32_t>> cores_of;
    for (std::uint32_t c = 0; c < program.n_cores; c++) {
        const std::uint32_t id = program.core[c].core, tile = id / description.grid.cores_per_tile;
        if (tile >= first && tile < end)
            cores_of[tile].push_back(id);
    }
    for (const auto &[tile, cores] : cores_of)
        tiles.push_back(
            std::make_unique<Tile>(placed("tile", description.tile[tile - first]).c_str(), cores));
}

ChipParts::ChipParts(const sc_core::sc_module_name &name, const Program &program,
                     const Topology &topology)
    : egret::Chip(name), core_(topology.chip->n_cores),
      frames_(topology.chip->fabric.routing == ROUTING_CENTRAL)
{
    const Fabric &fabric = topology.chip->fabric;
    for (std::uint32_t c = 0; c < fabric.n_chips; c++) {
        const std::string place = placed("chip", fabric.chip_cell[c]);
        chips_.push_back(std::make_unique<ChipModule>(place.c_str(), c, program, topology));
        for (const auto &router : chips_[c]->routers)
            add_router(*router);
        for (const auto &tile : chips_[c]->tiles)
            for (const auto &core : tile->cores)
                core_[core->id] = core.get();
    }
}

Core *ChipParts::core(std::uint32_t id)
{
    return id < core_.size() ? core_[id] : nullptr;
}

Router *ChipParts::router(std::uint32_t id)
{
    return id < router_.size() ? router_[id] : nullptr;
}

Link *ChipParts::link(std::uint32_t id)
{
    return id < link_.size() ? link_[id] : nullptr;
}

void ChipParts::add_router(Router &router)
{
    router_.push_back(&router);
    for (const auto &link : router.links)
        link_.push_back(link.get());
}

Dram *ChipParts::dram(std::uint32_t chip)
{
    return chip < chips_.size() ? chips_[chip]->dram.get() : nullptr;
}

Host &ChipParts::host()
{
    return host_;
}

SimParts ChipParts::taken_over()
{
    SimParts parts{};
    parts.context = this;
    for (Core *core : core_)
        if (core != nullptr && is_bound(core->mac_array))
            parts.array = on_array;
    for (Router *router : router_)
        if (is_bound(router->lookup))
            parts.lookup = on_lookup;
    for (const auto &chip : chips_)
        if (chip->dram != nullptr && is_bound(chip->dram->read))
            parts.read = on_read;
    if (is_bound(host_.link))
        parts.send = on_send;
    for (Link *link : link_)
        if (is_bound(link->frame)) {
            if (!frames_)
                throw std::runtime_error(std::string(link->frame.name()) +
                                         ": is bound, on a mesh; expected a link between chips");
            parts.frame = on_frame;
        }
    return parts;
}

} // namespace egret

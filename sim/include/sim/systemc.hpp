// systemc.hpp - the simulated chip as SystemC modules, with sockets for parts of one's own.
//
// chip                      the whole: one chip, or a board of several
//   clock_cores, clock_noc, clock_router    the processes, one for each clock domain
//   chip_0_0                one for each chip, by its place on the board
//     dram                  if it has one; socket `read`
//     router                the event router; on a mesh router_1_2, one a tile; socket `lookup`
//       link_e ...          links to other routers, by side; between chips, socket `frame`
//     tile_1_2              cores that share a port of the network-on-chip, those in use
//       core_17             socket `mac_array`
//   host                    socket `link`
//
// The parts do their work in the fast path, in C, behind these modules. A part whose socket is
// bound leaves it: the job goes out as a TLM-2.0 blocking transport, and what the target adds to
// the delay replaces the time that the built-in part would take; all other times, counts and
// checks stay. The target must set an OK response, and must not call wait(): the initiator is a
// method. The extension has the exact time of the job; sc_time_stamp() may be up to 10 us behind it.
//
// Modules of one's own are made in SimOptions.elaborate (sim.h), through Chip::own, which destroys
// them with the chip. See docs/modules.md, and sim/sc/example for a MAC array built outside of the
// tree.
#ifndef SIM_SYSTEMC_HPP
#define SIM_SYSTEMC_HPP

#include <cstdint>
#include <memory>
#include <systemc>
#include <tlm>
#include <tlm_utils/simple_initiator_socket.h>
#include <utility>
#include <vector>

#include "sim/parts.h"

namespace egret
{

// A job as an extension of its transaction: the struct of parts.h.
template <typename Job> struct JobExtension : tlm::tlm_extension<JobExtension<Job>> {
    Job job{};

    tlm::tlm_extension_base *clone() const override
    {
        auto *copy = new JobExtension;
        copy->job = job;
        return copy;
    }
    void copy_from(const tlm::tlm_extension_base &other) override
    {
        job = static_cast<const JobExtension &>(other).job;
    }
};

using ArrayExtension = JobExtension<ArrayJob>;   // at Core::mac_array
using LookupExtension = JobExtension<LookupJob>; // at Router::lookup
using ReadExtension = JobExtension<ReadJob>;     // at Dram::read
using SendExtension = JobExtension<SendJob>;     // at Host::link
using FrameExtension = JobExtension<FrameJob>;   // at Link::frame

// The job of a transaction, in a target's b_transport. The extension must be there.
template <typename Job> const Job &job_of(const tlm::tlm_generic_payload &transaction)
{
    return transaction.get_extension<JobExtension<Job>>()->job;
}

// A part of the chip, by name and place; it has no process.
class Part : public sc_core::sc_module
{
  public:
    explicit Part(const sc_core::sc_module_name &name) : sc_core::sc_module(name)
    {
    }
};

using PartSocket = tlm_utils::simple_initiator_socket_optional<Part>;

struct Core : Part {
    const std::uint32_t id; // of the chip description
    PartSocket mac_array{"mac_array"};
    Core(const sc_core::sc_module_name &name, std::uint32_t core_id) : Part(name), id(core_id)
    {
    }
};

struct Tile : Part {
    std::vector<std::unique_ptr<Core>> cores;
    Tile(const sc_core::sc_module_name &name, const std::vector<std::uint32_t> &core_ids);
};

// A link out of a router. Those of a mesh carry flits, and their sockets must stay unbound.
struct Link : Part {
    const std::uint32_t id; // router link of the topology
    PartSocket frame{"frame"};
    Link(const sc_core::sc_module_name &name, std::uint32_t link_id) : Part(name), id(link_id)
    {
    }
};

struct Router : Part {
    PartSocket lookup{"lookup"};
    std::vector<std::unique_ptr<Link>> links; // ascending by id, which is by side
    Router(const sc_core::sc_module_name &name, std::uint32_t first_link,
           const std::vector<const char *> &link_names);
};

struct Dram : Part {
    PartSocket read{"read"};
    using Part::Part;
};

struct Host : Part {
    PartSocket link{"link"};
    using Part::Part;
};

class Chip : public Part
{
  public:
    using Part::Part;

    // Parts by their ids in the chip description; nullptr where the program uses no such part.
    virtual Core *core(std::uint32_t id) = 0;
    virtual Router *router(std::uint32_t id) = 0;
    virtual Link *link(std::uint32_t id) = 0; // router link of the topology
    virtual Dram *dram(std::uint32_t chip) = 0;
    virtual Host &host() = 0;

    // Makes a module that lives as long as the chip.
    template <typename Module, typename... Arguments> Module &own(Arguments &&...arguments)
    {
        auto made = std::make_unique<Module>(std::forward<Arguments>(arguments)...);
        Module &module = *made;
        owned_.push_back(std::move(made));
        return module;
    }

  private:
    std::vector<std::unique_ptr<sc_core::sc_module>> owned_;
};

} // namespace egret

#endif

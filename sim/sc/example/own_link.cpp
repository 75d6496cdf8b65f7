// own_link.cpp - a SystemC model of one's own in the place of the links between the chips of a board.
//
//   own_link NETWORK BOARD EVERY
//
// Compiles the network for the board; runs ten steps drawn from activity statistics with the built-in links
// and again with links on which every EVERY-th frame arrives broken and is sent a second time; prints
// the mean latency of a step of both.
#include <cstdlib>
#include <string>
#include <tlm_utils/simple_target_socket.h>

#include "example_job.hpp"
#include "sim/systemc.hpp"

namespace
{

// A broken frame is noticed at the other side, asked for over the way back, and sent again.
class LossyLink : public sc_core::sc_module
{
  public:
    tlm_utils::simple_target_socket<LossyLink> socket{"socket"};

    LossyLink(const sc_core::sc_module_name &name, std::uint64_t every)
        : sc_core::sc_module(name), every_(every)
    {
        socket.register_b_transport(this, &LossyLink::b_transport);
    }

  private:
    void b_transport(tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay)
    {
        const FrameJob &job = egret::job_of<FrameJob>(transaction);
        const bool broken = ++n_frames_ % every_ == 0;
        delay += sc_core::sc_time::from_value((broken ? 3 : 1) * job.built_in_ps);
        transaction.set_response_status(tlm::TLM_OK_RESPONSE);
    }

    const std::uint64_t every_;
    std::uint64_t n_frames_ = 0;
};

struct Links {
    std::uint32_t n_links;
    std::uint64_t every;
};

// SimOptions.elaborate: the modules of all chips stand, simulation has not begun.
void use_lossy_links(void *context, void *made)
{
    const Links &links = *static_cast<const Links *>(context);
    auto &board = *static_cast<egret::Chip *>(made);
    for (std::uint32_t l = 0; l < links.n_links; l++) {
        const std::string name = "lossy_" + std::to_string(l);
        board.link(l)->frame.bind(board.own<LossyLink>(name.c_str(), links.every).socket);
    }
}

Status compare(Arena *arena, char **arguments, Err *err)
{
    ExampleJob job{};
    TRY(example_prepare(arena, arguments[1], arguments[2], false, job, err));
    Links links{job.topology->n_router_links, std::strtoull(arguments[3], nullptr, 10)};
    if (links.every == 0)
        return err_set(err, STATUS_USAGE, "every %s-th frame; expected a whole number above 0",
                       arguments[3]);
    TRY(example_run(arena, job, nullptr, nullptr, err));
    return example_run(arena, job, use_lossy_links, &links, err);
}

} // namespace

// SystemC's library calls this one in the place of main.
int sc_main(int n_arguments, char **arguments)
{
    if (n_arguments != 4) {
        std::fprintf(stderr, "usage: own_link NETWORK BOARD EVERY\n");
        return STATUS_USAGE;
    }
    Arena *arena = arena_new();
    Err err{};
    const Status status = compare(arena, arguments, &err);
    if (status != STATUS_OK)
        std::fprintf(stderr, "own_link: %s\n", err.message);
    arena_free(arena);
    return status;
}

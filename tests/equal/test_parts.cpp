// test_parts.cpp - modules of the caller's own, bound to the sockets of a chip's parts.
#include <tlm_utils/simple_target_socket.h>

#include "compiler/compiler.h"
#include "models/fold.h"
#include "models/quantize.h"
#include "sim/systemc.hpp"
#include "sim_fixture.hpp"

namespace
{

// Takes over a part: `factor` times the built-in time.
template <typename Job> class Target : public sc_core::sc_module
{
  public:
    tlm_utils::simple_target_socket<Target> socket{"socket"};
    uint64_t factor = 1, n_jobs = 0;
    bool waits = false, refuses = false, alternates = false;
    std::vector<Job> *seen = nullptr;

    explicit Target(const sc_core::sc_module_name &name) : sc_core::sc_module(name)
    {
        socket.register_b_transport(this, &Target::b_transport);
    }

  private:
    void b_transport(tlm::tlm_generic_payload &transaction, sc_core::sc_time &delay)
    {
        if (waits)
            sc_core::wait(1, sc_core::SC_NS);
        const Job &job = egret::job_of<Job>(transaction);
        if (seen != nullptr)
            seen->push_back(job);
        n_jobs++;
        const uint64_t times = alternates ? n_jobs % 2 * 20 : factor;
        delay += sc_core::sc_time::from_value(times * job.built_in_ps);
        transaction.set_response_status(refuses ? tlm::TLM_ADDRESS_ERROR_RESPONSE
                                                : tlm::TLM_OK_RESPONSE);
    }
};

class Parts : public SimTest
{
  protected:
    std::function<void(egret::Chip &)> bind;
    std::vector<ArrayJob> array_jobs;
    std::vector<SendJob> send_jobs;
    std::vector<LookupJob> lookup_jobs;

    // An int8 network in dense blocks: all its weights go through the MAC arrays.
    void SetUp() override
    {
        ASSERT_NO_FATAL_FAILURE(use_chip("tiny-2x2"));
        ASSERT_NO_FATAL_FAILURE(use_network({6, 12, 8}, 0.5, 5, 3));
        QuantizeOptions quantize{};
        quantize.input_full_scale = 3;
        ASSERT_EQ(network_quantize(arena, network, PRECISION_INT8, &quantize, &network, &err),
                  STATUS_OK)
            << err.message;
        use_input(5, 3);
        run_reference();
        compile_dense();
        options.elaborate = [](void *context, void *made_chip) {
            static_cast<Parts *>(context)->bind(*static_cast<egret::Chip *>(made_chip));
        };
        options.elaborate_context = this;
        bind = [](egret::Chip &) {};
    }

    void use_token_rows()
    {
        GenerateOptions generate{};
        const uint32_t sizes[] = {8, 12, 8};
        generate.name = "words";
        generate.cell = "egru";
        generate.n_sizes = 3;
        generate.size = sizes;
        generate.density = 0.5;
        generate.threshold_mean = 0.1;
        generate.gain = 1.5;
        generate.n_words = 20;
        generate.seed = 4;
        const Network *words = nullptr;
        ASSERT_EQ(network_generate(arena, &generate, &words, &err), STATUS_OK) << err.message;
        ASSERT_EQ(network_fold(arena, words, &network, &err), STATUS_OK) << err.message;
        static const uint32_t tokens[] = {3, 11, 0, 19, 7, 3};
        auto *stream = ARENA_ARRAY(arena, InputStream, 1);
        stream->network = network;
        stream->name = "tokens";
        stream->token = tokens;
        stream->n_tokens = 6;
        stream->n_steps = 5;
        input = stream;
        run_reference();
        compile_as(-1);
    }

    void compile_dense()
    {
        compile_as(FORMAT_DENSE_MLA);
    }

    void compile_as(int32_t format, const std::vector<uint32_t> &core_count = {2, 2})
    {
        CompileOptions compile_options{};
        compile_options.n_core_counts = 2;
        compile_options.core_count = core_count.data();
        compile_options.format = format;
        const Program *made = nullptr;
        const CompileSummary *summary = nullptr;
        ASSERT_EQ(compile(arena, chip, topology, network, &compile_options, &made, &summary, &err),
                  STATUS_OK)
            << err.message;
        program = const_cast<Program *>(made);
    }

    Target<ArrayJob> &bind_array(egret::Chip &made, uint32_t core)
    {
        const std::string name = "array_" + std::to_string(core);
        auto &target = made.own<Target<ArrayJob>>(name.c_str());
        target.seen = &array_jobs;
        made.core(core)->mac_array.bind(target.socket);
        return target;
    }

    Target<SendJob> &bind_link(egret::Chip &made)
    {
        auto &target = made.own<Target<SendJob>>("wire");
        target.seen = &send_jobs;
        made.host().link.bind(target.socket);
        return target;
    }

    Target<LookupJob> &bind_router(egret::Chip &made, uint32_t router)
    {
        const std::string name = "tables_" + std::to_string(router);
        auto &target = made.own<Target<LookupJob>>(name.c_str());
        target.seen = &lookup_jobs;
        made.router(router)->lookup.bind(target.socket);
        return target;
    }

    uint64_t array_cycles(const Trace *trace, uint32_t c)
    {
        return trace->count[c].n[COUNT_MAC_ARRAY_CYCLES];
    }
};

TEST_F(Parts, ThatTakeTheBuiltInTimeChangeNothing)
{
    for (const SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED}) {
        bind = [](egret::Chip &) {};
        const Trace *built_in = simulate(SIM_EXECUTE, arrival);
        bind = [this](egret::Chip &made) {
            for (uint32_t c = 0; c < program->n_cores; c++)
                bind_array(made, program->core[c].core);
            bind_link(made);
            bind_router(made, 0);
        };
        expect_equal(built_in, simulate(SIM_EXECUTE, arrival));
        EXPECT_EQ(array_jobs.size(), 5 * 2 * 4U); // steps, matrices, slices
        EXPECT_EQ(send_jobs.size(), built_in->host_events_in + built_in->host_markers_in +
                                        built_in->host_events_out + built_in->host_markers_out);
        EXPECT_EQ(lookup_jobs.size(), built_in->router_lookups);
        array_jobs.clear();
        send_jobs.clear();
        lookup_jobs.clear();
    }
}

TEST_F(Parts, OneSlowMacArrayBlocksItsOwnCore)
{
    const Trace *built_in = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    const uint32_t slow = program->core[1].core;
    bind = [this, slow](egret::Chip &made) { bind_array(made, slow).factor = 3; };
    const Trace *own = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    for (uint32_t c = 0; c < program->n_cores; c++)
        EXPECT_EQ(array_cycles(own, c), (c == 1 ? 3 : 1) * array_cycles(built_in, c)) << c;
    EXPECT_EQ(total(own, COUNT_SYNAPTIC_OPS), total(built_in, COUNT_SYNAPTIC_OPS));
    EXPECT_GT(own->end_ps, built_in->end_ps);
    ASSERT_FALSE(array_jobs.empty());
    uint64_t macs = 0;
    for (const ArrayJob &job : array_jobs) {
        EXPECT_EQ(job.core, slow);
        macs += static_cast<uint64_t>(job.n_sources) * job.n_targets;
    }
    EXPECT_EQ(macs, built_in->count[1].n[COUNT_MAC_ARRAY_MACS]);
}

TEST_F(Parts, ASlowLinkDelaysEveryPacketThatGoesBeforeTheResult)
{
    const Trace *built_in = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
    bind = [this](egret::Chip &made) { bind_link(made).factor = 1000; };
    const Trace *own = simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL);
    uint64_t packets = 0, packet_ps = 0;
    for (const SendJob &job : send_jobs) {
        packet_ps = job.built_in_ps;
        packets += job.begin_ps >= own->step[0].start_ps && job.begin_ps < own->step[0].end_ps;
    }
    EXPECT_GE(own->step[0].end_ps - own->step[0].start_ps, packets * 1000 * packet_ps);
    EXPECT_EQ(own->host_bits, built_in->host_bits);
    EXPECT_EQ(total(own, COUNT_SYNAPTIC_OPS), total(built_in, COUNT_SYNAPTIC_OPS));
}

// One packet after the other: each waits for its own look-up and for those of all before it.
TEST_F(Parts, ASlowRouterLooksUpOnePacketAtATime)
{
    const Trace *built_in = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    bind = [this](egret::Chip &made) { bind_router(made, 0).factor = 50; };
    const Trace *own = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_EQ(lookup_jobs.size(), built_in->router_lookups);
    for (size_t i = 1; i < lookup_jobs.size(); i++)
        EXPECT_GE(lookup_jobs[i].begin_ps,
                  lookup_jobs[i - 1].begin_ps + 50 * lookup_jobs[i].built_in_ps);
    EXPECT_EQ(own->router_busy_cycles, 50 * built_in->router_busy_cycles);
    EXPECT_GT(own->end_ps, built_in->end_ps);
}

TEST_F(Parts, OneSlowRouterOfAMeshIsAsSlowForEveryPacket)
{
    ASSERT_NO_FATAL_FAILURE(use_chip("tiny-mesh"));
    compile_dense();
    const Trace *built_in = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    bind = [this](egret::Chip &made) {
        for (uint32_t r = 0; r < topology->n_routers; r++)
            bind_router(made, r);
    };
    expect_equal(built_in, simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL));
    EXPECT_EQ(lookup_jobs.size(), built_in->router_lookups);
    bind = [this](egret::Chip &made) { bind_router(made, topology->host_router).factor = 9; };
    const Trace *own = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    EXPECT_GT(own->end_ps, built_in->end_ps);
    EXPECT_EQ(own->router_lookups, built_in->router_lookups);
}

// A language model whose first layer reads a row for each token.
TEST_F(Parts, ASlowDramDelaysTokenRows)
{
    ASSERT_NO_FATAL_FAILURE(use_token_rows());
    const Trace *built_in = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    std::vector<ReadJob> jobs;
    uint64_t factor = 1;
    bind = [&](egret::Chip &made) {
        auto &target = made.own<Target<ReadJob>>("memory");
        target.seen = &jobs;
        target.factor = factor;
        made.dram(0)->read.bind(target.socket);
    };
    expect_equal(built_in, simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL));
    ASSERT_EQ(jobs.size(), built_in->dram_reads);
    uint64_t n_bytes = 0;
    for (const ReadJob &job : jobs)
        n_bytes += job.n_bytes;
    EXPECT_EQ(n_bytes, built_in->dram_bytes);
    factor = 20;
    const Trace *slow = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    EXPECT_GT(slow->end_ps, built_in->end_ps);
    EXPECT_EQ(slow->dram_bytes, built_in->dram_bytes);
    factor = 0; // at once: seen at the next edge
    EXPECT_LT(simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL)->end_ps, built_in->end_ps);
}

// Two layers on different chips of a board.
TEST_F(Parts, ASlowLinkBetweenChipsKeepsTheOrderOfPackets)
{
    ASSERT_NO_FATAL_FAILURE(use_chip("tiny-board"));
    compile_as(-1, {12, 8});
    std::vector<FrameJob> jobs;
    uint64_t factor = 1;
    for (const char *engine : {"event", "flit"}) {
        options.engine = engine;
        bind = [](egret::Chip &) {};
        const Trace *built_in = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
        bind = [&](egret::Chip &made) {
            jobs.clear();
            for (uint32_t l = 0; l < topology->n_router_links; l++) {
                auto &target = made.own<Target<FrameJob>>(("wire_" + std::to_string(l)).c_str());
                target.seen = &jobs;
                target.factor = factor;
                made.link(l)->frame.bind(target.socket);
            }
        };
        factor = 1;
        expect_equal(built_in, simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL));
        std::vector<uint64_t> n_frames(topology->n_router_links), free_ps = n_frames;
        for (const FrameJob &job : jobs) {
            const RouterLink *link = &topology->router_link[job.link];
            EXPECT_TRUE(job.from == link->from && job.to == link->to && job.n_bits == 96);
            EXPECT_EQ(job.built_in_ps, 96000U + 100000U);
            EXPECT_GE(job.begin_ps, free_ps[job.link]);
            free_ps[job.link] = job.begin_ps + 96000;
            n_frames[job.link]++;
        }
        const uint32_t first = topology_all_links(topology) - topology->n_router_links;
        for (uint32_t l = 0; l < topology->n_router_links; l++)
            EXPECT_EQ(n_frames[l], built_in->link[first + l].flits);
        EXPECT_GT(jobs.size(), 50U);
        factor = 30;
        const Trace *slow = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
        EXPECT_GT(slow->end_ps, built_in->end_ps + 29 * 196000);
        EXPECT_EQ(total(slow, COUNT_EVENTS_IN), total(built_in, COUNT_EVENTS_IN));
        factor = 0; // at once: seen at the next edge
        EXPECT_LT(simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL)->end_ps, built_in->end_ps);
    }
}

// Later packets are faster than those ahead of them, but none overtakes.
TEST_F(Parts, NoFrameOvertakesAnother)
{
    ASSERT_NO_FATAL_FAILURE(use_chip("tiny-board"));
    compile_as(-1, {12, 8});
    bind = [&](egret::Chip &made) {
        for (uint32_t l = 0; l < topology->n_router_links; l++) {
            auto &target = made.own<Target<FrameJob>>(("wire_" + std::to_string(l)).c_str());
            target.alternates = true;
            made.link(l)->frame.bind(target.socket);
        }
    };
    for (const SimArrival arrival : {ARRIVE_SEQUENTIAL, ARRIVE_PIPELINED})
        EXPECT_NE(simulate(SIM_EXECUTE, arrival), nullptr) << err.message;
}

TEST_F(Parts, ALinkOfAMeshCannotBeReplaced)
{
    ASSERT_NO_FATAL_FAILURE(use_chip("tiny-mesh"));
    compile_dense();
    bind = [&](egret::Chip &made) {
        made.link(0)->frame.bind(made.own<Target<FrameJob>>("wire").socket);
    };
    EXPECT_EQ(simulate_status(SIM_REPLAY), STATUS_INTERNAL);
    EXPECT_NE(std::string(err.message).find("on a mesh; expected a link between chips"),
              std::string::npos)
        << err.message;
}

TEST_F(Parts, ATargetThatAnswersWithAnErrorEndsTheRun)
{
    bind = [this](egret::Chip &made) { bind_array(made, program->core[0].core).refuses = true; };
    EXPECT_EQ(simulate_status(SIM_REPLAY), STATUS_INTERNAL);
    EXPECT_NE(std::string(err.message)
                  .find("mac_array: the module bound there answers "
                        "TLM_ADDRESS_ERROR_RESPONSE; expected TLM_OK_RESPONSE"),
              std::string::npos)
        << err.message;
}

TEST_F(Parts, ATargetThatWaitsEndsTheRun)
{
    bind = [this](egret::Chip &made) { bind_array(made, program->core[0].core).waits = true; };
    EXPECT_EQ(simulate_status(SIM_REPLAY), STATUS_INTERNAL);
    EXPECT_NE(std::string(err.message).find("wait() is only allowed"), std::string::npos)
        << err.message;
    bind = [](egret::Chip &) {};
    EXPECT_NE(simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL), nullptr);
}

} // namespace

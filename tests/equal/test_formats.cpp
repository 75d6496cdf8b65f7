// test_formats.cpp - compiled Programs in every weight format, precision and width of index: what
// the cores compute from their images is what the reference computes, bit for bit.
#include "compiler/compiler.h"
#include "ladder_checks.hpp"
#include "models/quantize.h"
#include "sim_fixture.hpp"

namespace
{

class Formats : public SimTest
{
  protected:
    CompileOptions compile_options{};
    const CompileSummary *summary = nullptr;

    void use_quantized(const std::vector<uint32_t> &sizes, double density, Precision precision,
                       uint64_t seed)
    {
        use_network(sizes, density, 10, seed);
        QuantizeOptions quantize{};
        quantize.scales = seed % 2 == 0 ? SCALES_PER_UNIT : SCALES_PER_LAYER;
        quantize.input_full_scale = 3;
        ASSERT_EQ(network_quantize(arena, network, precision, &quantize, &network, &err), STATUS_OK)
            << err.message;
        use_input(10, seed);
        run_reference();
        ASSERT_GT(events->n_events, 0U);
    }

    Status compile_it()
    {
        const Program *compiled = nullptr;
        err = Err{};
        const Status status =
            compile(arena, chip, topology, network, &compile_options, &compiled, &summary, &err);
        program = const_cast<Program *>(compiled);
        return status;
    }

    // Sequential and pipelined, executed and replayed.
    void expect_runs()
    {
        ASSERT_EQ(program_check_on(program, topology, &err), STATUS_OK) << err.message;
        const Trace *executed = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
        ASSERT_NE(executed, nullptr);
        expect_equal(executed, simulate(SIM_REPLAY, ARRIVE_SEQUENTIAL));
        expect_counted(executed, ARRIVE_SEQUENTIAL);
        const Trace *pipelined = simulate(SIM_EXECUTE, ARRIVE_PIPELINED);
        ASSERT_NE(pipelined, nullptr);
        expect_counted(pipelined, ARRIVE_PIPELINED);
    }

    // The engine without a time axis: the same totals, and bounds that hold.
    void expect_counted(const Trace *timed, SimArrival arrival)
    {
        options.engine = "count";
        const Trace *counted = simulate(SIM_REPLAY, arrival);
        options.engine = nullptr;
        ASSERT_NE(counted, nullptr);
        expect_same_totals(counted, timed);
        expect_bounds(counted, timed);
    }

    template <typename Rule> uint32_t count_matrices(const Rule &rule) const
    {
        uint32_t n = 0;
        for (uint32_t c = 0; c < program->n_cores; c++)
            for (uint32_t s = 0; s < program->core[c].n_slices; s++)
                for (const MatrixImage *matrix :
                     {&program->core[c].slice[s].input, &program->core[c].slice[s].recurrent})
                    n += rule(*matrix) ? 1 : 0;
        return n;
    }
};

TEST_F(Formats, EveryFormatPrecisionAndIndexWidthComputesTheReferencesEvents)
{
    use_chip("spinnaker2");
    uint64_t seed = 0;
    for (int p = 0; p < N_PRECISIONS; p++)
        for (int f = 0; f < N_FORMATS; f++)
            for (const uint32_t bits : {0U, 8U, 16U, 32U}) {
                const bool indices = f == FORMAT_SOURCE || f == FORMAT_TARGET;
                if ((f == FORMAT_DENSE_MLA && p != PRECISION_INT8) || (!indices && bits != 0))
                    continue;
                SCOPED_TRACE("precision " + std::to_string(p) + ", format " + std::to_string(f) +
                             ", " + std::to_string(bits) + " bits");
                ASSERT_NO_FATAL_FAILURE(
                    use_quantized({19, 40, 33}, 0.3, static_cast<Precision>(p), ++seed));
                compile_options.format = f;
                compile_options.index_bits = bits;
                compile_options.share_cores = seed % 3 == 0;
                ASSERT_EQ(compile_it(), STATUS_OK) << err.message;
                EXPECT_EQ(program->precision, static_cast<Precision>(p));
                EXPECT_EQ(
                    count_matrices([&](const MatrixImage &matrix) {
                        return matrix.format != static_cast<WeightFormat>(f) ||
                               (bits != 0 &&
                                (matrix.index_bytes != bits / 8 || matrix.pointer_bytes != 4)) ||
                               (bits == 0 && f != FORMAT_DENSE_MLA && matrix.pointer_bytes != 2);
                    }),
                    0U);
                ASSERT_NO_FATAL_FAILURE(expect_runs());
            }
}

// One core, memory from what just fits to plenty: formats change on the way, never the events.
TEST_F(Formats, WhateverMemoryMakesTheCompilerChooseRunsTheSame)
{
    uint32_t n_delta = 0, n_source = 0, n_bitmap = 0, n_dense = 0, n_mixed = 0;
    for (int p = 0; p < N_PRECISIONS; p++) {
        const uint32_t one = 1;
        compile_options = CompileOptions{};
        compile_options.format = -1;
        compile_options.n_core_counts = 1;
        compile_options.core_count = &one;
        uint32_t n_compiled = 0;
        for (uint32_t bytes = 20000; bytes <= 130000; bytes += 3500) {
            use_chip("spinnaker2", {{"core.data_bytes", std::to_string(bytes)}});
            if (n_compiled == 0) {
                ASSERT_NO_FATAL_FAILURE(
                    use_quantized({60, 110}, 0.2, static_cast<Precision>(p), 40));
            }
            if (compile_it() != STATUS_OK) {
                EXPECT_EQ(n_compiled, 0U) << "what fits in less fits in " << bytes;
                continue;
            }
            n_compiled++;
            n_delta += count_matrices([](const MatrixImage &m) { return m.index_delta; });
            n_source += count_matrices(
                [](const MatrixImage &m) { return m.format == FORMAT_SOURCE && !m.index_delta; });
            n_bitmap +=
                count_matrices([](const MatrixImage &m) { return m.format == FORMAT_BITMAP; });
            n_dense +=
                count_matrices([](const MatrixImage &m) { return m.format == FORMAT_DENSE_MLA; });
            const SliceProgram &slice = program->core[0].slice[0];
            n_mixed += slice.input.format != slice.recurrent.format;
            ASSERT_NO_FATAL_FAILURE(expect_runs());
        }
        EXPECT_GT(n_compiled, 10U);
    }
    EXPECT_GT(n_delta, 0U);
    EXPECT_GT(n_source, 0U);
    EXPECT_GT(n_bitmap, 0U);
    EXPECT_GT(n_dense, 0U);
    EXPECT_GT(n_mixed, 0U);
}

TEST_F(Formats, DenseBlocksCountTheMacArraysWorkAndNoSynapticOperations)
{
    use_chip("spinnaker2");
    ASSERT_NO_FATAL_FAILURE(use_quantized({20, 30}, 0.3, PRECISION_INT8, 3));
    const uint32_t three = 3;
    compile_options.format = FORMAT_DENSE_MLA;
    compile_options.n_core_counts = 1;
    compile_options.core_count = &three;
    ASSERT_EQ(compile_it(), STATUS_OK) << err.message;
    const Trace *trace = simulate(SIM_EXECUTE, ARRIVE_SEQUENTIAL);
    ASSERT_NE(trace, nullptr);
    EXPECT_EQ(total(trace, COUNT_SYNAPTIC_OPS), 0U);
    EXPECT_EQ(total(trace, COUNT_MAC_ARRAY_MACS), 10U * (20 + 30) * 90);
    EXPECT_GT(total(trace, COUNT_MAC_ARRAY_CYCLES), 0U);
    EXPECT_GT(total(trace, COUNT_ARRAY_WAIT_CYCLES), 0U);
    EXPECT_LE(total(trace, COUNT_ARRAY_WAIT_CYCLES), total(trace, COUNT_MAC_ARRAY_CYCLES));
}

} // namespace

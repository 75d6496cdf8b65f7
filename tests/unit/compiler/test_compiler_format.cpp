// Weight formats: bytes worked out by hand, images read back in every format and precision, and the
// choice against all combinations of formats.
#include <cmath>

#include "compiler_fixture.h"
#include "models/quantize.h"

class Format : public CompilerTest
{
  protected:
    static float all_ones(uint32_t, bool, uint32_t, uint32_t, uint32_t)
    {
        return 1.0f;
    }

    const Network *quantized(const Network *network, Precision precision)
    {
        QuantizeOptions quantize{};
        quantize.input_full_scale = 3;
        const Network *made = nullptr;
        EXPECT_EQ(network_quantize(arena, network, precision, &quantize, &made, &err), STATUS_OK)
            << err.message;
        return made;
    }

    Mapping *mapping_of(const Network *network)
    {
        return mapping_new(arena, &chip, nullptr, network, &options);
    }

    // Bytes by region of one slice alone, both matrices in this format.
    std::vector<uint64_t> bytes_of(Mapping *mapping, SliceProgram slice, WeightFormat format,
                                   uint32_t index_bytes, bool short_pointers = true)
    {
        matrix_set_format(&slice.input, format, index_bytes, false, short_pointers);
        matrix_set_format(&slice.recurrent, format, index_bytes, false, short_pointers);
        const SliceProgram *slices[] = {&slice};
        std::vector<uint64_t> region(N_REGIONS);
        memory_of_core(mapping, slices, 1, region.data());
        return region;
    }
};

// Two of four units with five inputs, nothing pruned: 6 targets, 30 input and 24 recurrent weights.
TEST_F(Format, Bf16WeightsAndShortPointersTakeTwoBytesEach)
{
    Mapping *mapping = mapping_of(quantized(build({5, 4}, all_ones), PRECISION_BF16));
    auto region = bytes_of(mapping, slice_make(mapping, 0, 2, 0), FORMAT_SOURCE, 1);
    EXPECT_EQ(region[REGION_WEIGHTS], 60u + 48u);
    EXPECT_EQ(region[REGION_INDICES], 32u + 24u);  // 30 padded to 32
    EXPECT_EQ(region[REGION_POINTERS], 12u + 12u); // 6 and 5 pointers of 2 bytes: 10 padded to 12
    EXPECT_EQ(region[REGION_PARAMETERS], 4u * (2 * 6 + 2));
    EXPECT_EQ(region[REGION_ACCUMULATORS], 2u * 2 * 6 * 4);
    EXPECT_EQ(region[REGION_EVENTS], 0u);
}

TEST_F(Format, ABitmapTakesAWordForEvery32TargetsOfEachSource)
{
    Mapping *mapping = mapping_of(build({5, 22}, all_ones));
    SliceProgram slice = slice_make(mapping, 0, 1, 0); // 66 targets: 3 words
    auto region = bytes_of(mapping, slice, FORMAT_BITMAP, 1);
    EXPECT_EQ(region[REGION_INDICES], (5u + 22u) * 3 * 4);
    EXPECT_EQ(region[REGION_WEIGHTS], (5u + 22u) * 66 * 4);
    EXPECT_EQ(region[REGION_POINTERS], 12u + 48u); // 6 and 23 pointers of 2 bytes, padded
    EXPECT_EQ(region[REGION_ACCUMULATORS], 2u * 2 * 66 * 4);
    slice = slice_make(mapping, 0, 2, 0); // 33 targets: 2 words
    EXPECT_EQ(bytes_of(mapping, slice, FORMAT_BITMAP, 1)[REGION_INDICES], (5u + 22u) * 2 * 4);
}

TEST_F(Format, ADenseBlockTakesAByteForEveryPairAndBuffersCodes)
{
    const Network *network = quantized(
        build({5, 4}, [](uint32_t, bool, uint32_t s, uint32_t, uint32_t) { return s == 0; }),
        PRECISION_INT8);
    Mapping *mapping = mapping_of(network);
    SliceProgram slice = slice_make(mapping, 0, 2, 0); // 6 targets, 6 and 6 weights
    EXPECT_EQ(slice.n_scales, 6u);
    auto region = bytes_of(mapping, slice, FORMAT_DENSE_MLA, 1);
    EXPECT_EQ(region[REGION_WEIGHTS], 32u + 24u); // 5 x 6 padded, 4 x 6
    EXPECT_EQ(region[REGION_INDICES], 0u);
    EXPECT_EQ(region[REGION_POINTERS], 0u);
    EXPECT_EQ(region[REGION_EVENTS], 2u * 8 + 2u * 4); // two steps of 5 and 4 codes, padded
    EXPECT_EQ(region[REGION_ACCUMULATORS], 2u * 6 * 4);
    EXPECT_EQ(region[REGION_PARAMETERS], 4u * (2 * 6 + 2) + 2u * 32); // 6 scales of 5 bytes: 32
    region = bytes_of(mapping, slice, FORMAT_TARGET, 1);
    EXPECT_EQ(region[REGION_WEIGHTS], 8u + 8u); // 6 codes each, padded
    EXPECT_EQ(region[REGION_EVENTS], 2u * 8 + 2u * 4);
    EXPECT_EQ(region[REGION_ACCUMULATORS], 0u);
}

TEST_F(Format, RowPointersAreShortWhereTheyCountAllWeights)
{
    MatrixImage matrix{};
    matrix.n_weights = 65535;
    matrix_set_format(&matrix, FORMAT_SOURCE, 1, false, true);
    EXPECT_EQ(matrix.pointer_bytes, 2u);
    matrix.n_weights = 65536;
    matrix_set_format(&matrix, FORMAT_SOURCE, 1, false, true);
    EXPECT_EQ(matrix.pointer_bytes, 4u);
    matrix.n_weights = 1;
    matrix_set_format(&matrix, FORMAT_TARGET, 1, false, false);
    EXPECT_EQ(matrix.pointer_bytes, 4u);
    matrix_set_format(&matrix, FORMAT_DENSE_MLA, 1, false, true);
    EXPECT_EQ(matrix.pointer_bytes, 0u);
    EXPECT_EQ(matrix.index_bytes, 0u);
}

TEST_F(Format, TheLargestGapIsTheLargestDistanceBetweenTargetsOfASource)
{
    // source 0: gate 0 of unit 3 and gate 2 of unit 9; source 1: nothing; recurrent: none
    const Network *network =
        build({2, 10}, [](uint32_t, bool recurrent, uint32_t s, uint32_t g, uint32_t u) {
            return !recurrent && s == 0 && ((g == 0 && u == 3) || (g == 2 && u == 9)) ? 1.0f : 0.0f;
        });
    Mapping *mapping = mapping_of(network);
    SliceProgram slice = slice_make(mapping, 0, 1, 0);
    EXPECT_EQ(slice_largest_gap(mapping, &slice, false), 29u - 3 - 1);
    EXPECT_EQ(slice_largest_gap(mapping, &slice, true), 0u);
    slice = slice_make(mapping, 0, 2, 1); // units 5 to 9: only target 2 * 5 + 4, from -1 on
    EXPECT_EQ(slice_largest_gap(mapping, &slice, false), 14u);
}

TEST_F(Format, ForcedIndexWidthsLeaveOnlyFormatsWithIndices)
{
    Mapping *mapping = mapping_of(quantized(generate({40, 30}, 0.3), PRECISION_INT8));
    SliceProgram slice = slice_make(mapping, 0, 1, 0);
    MatrixImage choice[MAX_FORMAT_CHOICES];
    EXPECT_EQ(format_choices(mapping, &slice, &slice.input, UINT64_MAX, choice), 4u);
    options.index_bits = 32;
    ASSERT_EQ(format_choices(mapping, &slice, &slice.input, UINT64_MAX, choice), 2u);
    for (int i = 0; i < 2; i++) {
        EXPECT_EQ(choice[i].index_bytes, 4u);
        EXPECT_EQ(choice[i].pointer_bytes, 4u);
    }
    options.index_bits = 0;
    TestChip::set(chip.core.mac_array_macs_per_cycle, 0);
    EXPECT_EQ(format_choices(mapping, &slice, &slice.input, UINT64_MAX, choice), 3u);
}

TEST_F(Format, CostsAreThoseOfTheChipsTable)
{
    const Network *network = quantized(generate({40, 30}, 0.3), PRECISION_INT8);
    Mapping *mapping = mapping_of(network);
    SliceProgram slice = slice_make(mapping, 0, 1, 0); // 90 targets: 3 words
    MatrixImage &matrix = slice.input;
    const MatrixRates rates = {8, 100}; // events, weights of their rows
    matrix_set_format(&matrix, FORMAT_SOURCE, 1, false, true);
    EXPECT_DOUBLE_EQ(format_cycles(mapping, &matrix, rates), 100 * 20);
    matrix_set_format(&matrix, FORMAT_SOURCE, 1, true, true);
    EXPECT_DOUBLE_EQ(format_cycles(mapping, &matrix, rates), 100 * (20 + 1));
    matrix_set_format(&matrix, FORMAT_BITMAP, 0, false, true);
    EXPECT_DOUBLE_EQ(format_cycles(mapping, &matrix, rates), 100 * 20 + 8 * 3 * 6);
    matrix_set_format(&matrix, FORMAT_TARGET, 1, false, true);
    EXPECT_DOUBLE_EQ(format_cycles(mapping, &matrix, rates),
                     static_cast<double>(matrix.n_weights) * 20);
    matrix_set_format(&matrix, FORMAT_DENSE_MLA, 0, false, true);
    EXPECT_DOUBLE_EQ(format_cycles(mapping, &matrix, rates), 100 + 40 * 90 / (64 * 0.175));
    EXPECT_DOUBLE_EQ(unit_update_cycles(mapping, 0), 110);
}

// Cost of the cheapest pair of formats that fits, by trying all; -1: none fits.
static double cheapest_pair(const Mapping *mapping, SliceProgram slice)
{
    MatrixImage input[MAX_FORMAT_CHOICES], recurrent[MAX_FORMAT_CHOICES];
    const uint64_t input_gap = slice_largest_gap(mapping, &slice, false);
    const uint64_t recurrent_gap = slice_largest_gap(mapping, &slice, true);
    const uint32_t n = format_choices(mapping, &slice, &slice.input, input_gap, input);
    const uint32_t m = format_choices(mapping, &slice, &slice.recurrent, recurrent_gap, recurrent);
    double best = -1;
    for (uint32_t i = 0; i < n; i++)
        for (uint32_t j = 0; j < m; j++) {
            slice.input = input[i];
            slice.recurrent = recurrent[j];
            const SliceProgram *slices[] = {&slice};
            uint64_t region[N_REGIONS];
            memory_of_core(mapping, slices, 1, region);
            if (memory_bytes(region, 0) > memory_available(mapping->chip, 0) ||
                memory_bytes(region, 1) > memory_available(mapping->chip, 1))
                continue;
            const double cost =
                format_cost(mapping, &slice.input, matrix_rates(mapping, &slice, &slice.input)) +
                format_cost(mapping, &slice.recurrent,
                            matrix_rates(mapping, &slice, &slice.recurrent));
            best = best < 0 || cost < best ? cost : best;
        }
    return best;
}

TEST_F(Format, TheChoiceForOneSliceIsTheCheapestOfAllPairsThatFit)
{
    uint32_t n_fit = 0, n_not = 0;
    for (uint64_t seed = 1; seed <= 4; seed++)
        for (int p = 0; p < N_PRECISIONS; p++)
            for (int o = 0; o < N_OBJECTIVES; o++) {
                options.objective = static_cast<Objective>(o);
                const double density = 0.05 * static_cast<double>(seed * seed);
                Mapping *mapping = mapping_of(quantized(
                    generate({60, 110}, density, PICK_BERNOULLI, seed), static_cast<Precision>(p)));
                for (double bytes = 9000; bytes < 140000; bytes *= 1.25)
                    for (double system : {11000.0, 32768.0}) {
                        TestChip::set(chip.core.data_bytes, std::floor(bytes));
                        TestChip::set(chip.core.system_bytes, system);
                        SliceProgram slice = slice_make(mapping, 0, 1, 0);
                        SliceProgram *slices[] = {&slice};
                        uint64_t region[N_REGIONS];
                        const FitResult result = choose_formats(mapping, slices, 1, true, region);
                        const double best = cheapest_pair(mapping, slice);
                        ASSERT_EQ(result == FIT_YES, best >= 0);
                        (result == FIT_YES ? n_fit : n_not)++;
                        if (result != FIT_YES)
                            continue;
                        const double cost =
                            format_cost(mapping, &slice.input,
                                        matrix_rates(mapping, &slice, &slice.input)) +
                            format_cost(mapping, &slice.recurrent,
                                        matrix_rates(mapping, &slice, &slice.recurrent));
                        ASSERT_LE(cost, best * (1 + 1e-6)) << bytes;
                    }
            }
    EXPECT_GT(n_fit, 100u);
    EXPECT_GT(n_not, 100u);
}

TEST_F(Format, SlicesOnOneCoreFitTogetherAndKeepWhatThereIsRoomFor)
{
    const Network *network = quantized(generate({60, 110, 90}, 0.2), PRECISION_INT8);
    for (double bytes = 12000; bytes < 140000; bytes *= 1.1) {
        TestChip::set(chip.core.data_bytes, std::floor(bytes));
        Mapping *mapping = mapping_of(network);
        SliceProgram slice[] = {slice_make(mapping, 0, 1, 0), slice_make(mapping, 1, 1, 0)};
        SliceProgram *slices[] = {&slice[0], &slice[1]};
        uint64_t region[N_REGIONS];
        if (choose_formats(mapping, slices, 2, true, region) != FIT_YES)
            continue;
        EXPECT_LE(memory_bytes(region, 1), memory_available(&chip, 1));
        // no matrix alone could take a cheaper format and fit
        for (SliceProgram &one : slice)
            for (MatrixImage *matrix : {&one.input, &one.recurrent}) {
                const MatrixRates rates = matrix_rates(mapping, &one, matrix);
                const MatrixImage kept = *matrix;
                MatrixImage choice[MAX_FORMAT_CHOICES];
                const uint32_t n = format_choices(mapping, &one, matrix, UINT64_MAX, choice);
                for (uint32_t i = 0; i < n; i++) {
                    if (format_cost(mapping, &choice[i], rates) >=
                        format_cost(mapping, &kept, rates) * (1 - 1e-6))
                        continue;
                    *matrix = choice[i];
                    const SliceProgram *fixed[] = {&slice[0], &slice[1]};
                    memory_of_core(mapping, fixed, 2, region);
                    EXPECT_TRUE(memory_bytes(region, 1) > memory_available(&chip, 1) ||
                                memory_bytes(region, 0) > memory_available(&chip, 0))
                        << bytes;
                    *matrix = kept;
                }
            }
    }
}

TEST_F(Format, ImagesOfEveryFormatAndPrecisionDecodeToTheNetworksRows)
{
    for (int p = 0; p < N_PRECISIONS; p++) {
        const Network *network =
            quantized(generate({33, 20, 41, 7}, 0.25), static_cast<Precision>(p));
        set_counts({3, 5, 2});
        for (int f = 0; f < N_FORMATS; f++) {
            options.format = f;
            if (f == FORMAT_DENSE_MLA && p != PRECISION_INT8) {
                EXPECT_EQ(run(network), STATUS_USAGE);
                continue;
            }
            ASSERT_EQ(run(network), STATUS_OK) << err.message;
            expect_images_hold(program, network);
            EXPECT_EQ(program_check(program, &chip, &err), STATUS_OK) << err.message;
            for (uint32_t l = 0; l < 3; l++)
                EXPECT_EQ(summary->layer[l].n_matrices[f], 2 * summary->layer[l].n_slices);
        }
    }
}

TEST_F(Format, Int8ParametersAndScalesStandInTheImages)
{
    for (const ScaleRule rule : {SCALES_PER_UNIT, SCALES_PER_LAYER}) {
        QuantizeOptions quantize{};
        quantize.input_full_scale = 3;
        quantize.scales = rule;
        const Network *network = nullptr;
        ASSERT_EQ(network_quantize(arena, generate({6, 10}, 0.5), PRECISION_INT8, &quantize,
                                   &network, &err),
                  STATUS_OK);
        const LayerInt8 &layer = network->int8->layer[0];
        set_counts({3});
        ASSERT_EQ(run(network), STATUS_OK) << err.message;
        for (uint32_t c = 0; c < program->n_cores; c++) {
            const CoreProgram &core = program->core[c];
            const SliceProgram &slice = core.slice[0];
            ASSERT_EQ(slice.n_scales, rule == SCALES_PER_LAYER ? 1u : 3 * slice.n_units);
            for (uint32_t target = 0; target < 3 * slice.n_units; target++) {
                const uint32_t from =
                    target / slice.n_units * 10 + slice.first_position + target % slice.n_units;
                const uint32_t at = slice.n_scales == 1 ? 0 : target;
                const FixedScale scale =
                    image_scale(core.image, slice.input_scale_offset, slice.n_scales, at);
                EXPECT_EQ(scale.multiplier, layer_int8_input_scale(&layer, from).multiplier);
                EXPECT_EQ(scale.shift, layer_int8_input_scale(&layer, from).shift);
                EXPECT_EQ(static_cast<int32_t>(
                              image_u32(core.image, slice.recurrent_bias_offset + 4 * target)),
                          layer.recurrent_bias[from]);
            }
        }
    }
}

TEST_F(Format, FormatsThatDoNotSuitWeightsOrChipAreRefused)
{
    const Network *network = generate({5, 6}, 0.5);
    options.format = FORMAT_DENSE_MLA;
    EXPECT_EQ(run(network), STATUS_USAGE);
    EXPECT_STREQ(err.message, "dense-mla format holds int8 weights; network generated has fp32");
    EXPECT_STREQ(err.hint, "quantize the network to int8");
    TestChip::set(chip.core.mac_array_vector_utilisation_frac, 0);
    EXPECT_EQ(run(quantized(network, PRECISION_INT8)), STATUS_USAGE);
    EXPECT_STREQ(err.message,
                 "dense-mla format needs a MAC array; the cores of chip test have none");
    options.format = FORMAT_BITMAP;
    options.index_bits = 8;
    EXPECT_EQ(run(network), STATUS_USAGE);
    EXPECT_STREQ(err.message, "8-bit indices are asked for in bitmap format, which has none");
}

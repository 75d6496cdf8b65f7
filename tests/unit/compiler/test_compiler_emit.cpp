// Images read back: the network's rows, parameters and zero state, in every format and index width.
#include "compiler_fixture.h"

class Emit : public CompilerTest
{
};

struct Shape {
    int32_t format;
    uint32_t index_bits;
    bool share_cores;
};

class EveryFormat : public CompilerTest, public ::testing::WithParamInterface<Shape>
{
};

TEST_P(EveryFormat, ImagesDecodeToTheNetworksRows)
{
    options.format = GetParam().format;
    options.index_bits = GetParam().index_bits;
    options.share_cores = GetParam().share_cores;
    const Network *network = generate({33, 20, 41, 7}, 0.25);
    set_counts({3, 5, 2});
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    for (uint32_t c = 0; c < program->n_cores; c++)
        for (uint32_t s = 0; s < program->core[c].n_slices; s++) {
            const SliceProgram &slice = program->core[c].slice[s];
            EXPECT_EQ(slice.input.format, GetParam().format);
            EXPECT_EQ(slice.input.index_bytes, GetParam().index_bits / 8);
        }
    expect_images_hold(program, network);
    EXPECT_EQ(program_check(program, &chip, &err), STATUS_OK) << err.message;
}

INSTANTIATE_TEST_SUITE_P(
    Formats, EveryFormat,
    ::testing::Values(Shape{FORMAT_SOURCE, 8, false}, Shape{FORMAT_SOURCE, 16, false},
                      Shape{FORMAT_SOURCE, 32, false}, Shape{FORMAT_TARGET, 8, false},
                      Shape{FORMAT_TARGET, 16, false}, Shape{FORMAT_TARGET, 32, false},
                      Shape{FORMAT_SOURCE, 16, true}, Shape{FORMAT_TARGET, 8, true}),
    [](const ::testing::TestParamInfo<Shape> &shape) {
        return std::string(shape.param.format == FORMAT_SOURCE ? "Source" : "Target") +
               std::to_string(shape.param.index_bits) + (shape.param.share_cores ? "Shared" : "");
    });

TEST_F(Emit, ParametersStandGateMajorInEachSlice)
{
    const Network *network = generate({6, 10}, 0.5);
    set_counts({3});
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    const Layer &layer = network->layer[0];
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram &core = program->core[c];
        const SliceProgram &slice = core.slice[0];
        for (uint32_t u = 0; u < slice.n_units; u++) {
            uint32_t unit = slice.first_position + u;
            for (uint32_t g = 0; g < 3; g++) {
                uint64_t at = 4 * (uint64_t{g} * slice.n_units + u);
                EXPECT_EQ(image_f32(core.image, slice.bias_offset + at), layer.bias[g * 10 + unit]);
                EXPECT_EQ(image_f32(core.image, slice.recurrent_bias_offset + at),
                          layer.recurrent_bias[g * 10 + unit]);
            }
            EXPECT_EQ(image_f32(core.image, slice.threshold_offset + 4 * u), layer.threshold[unit]);
            EXPECT_EQ(image_u32(core.image, slice.state_offset + 4 * u), 0u);
        }
    }
}

TEST_F(Emit, TheProgramCarriesTheNetworksShapeAndStateRule)
{
    const Network *network = generate({6, 10, 4}, 0.5);
    ASSERT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_EQ(program->format_version, static_cast<uint32_t>(PROGRAM_FORMAT_VERSION));
    EXPECT_STREQ(program->chip_name, "test");
    EXPECT_STREQ(program->network_name, "generated");
    EXPECT_EQ(program->chip_hash, chip.hash);
    EXPECT_EQ(program->network_hash, network->hash);
    EXPECT_EQ(program->n_inputs, 6u);
    EXPECT_EQ(program->reset_steps, 0u);
    ASSERT_EQ(program->n_layers, 2u);
    EXPECT_STREQ(program->layer[1].cell, "egru");
    EXPECT_EQ(program->layer[1].n_inputs, 10u);
    EXPECT_EQ(program->layer[1].n_units, 4u);
    EXPECT_EQ(program->layer[1].n_gates, 3u);
    ASSERT_EQ(run(network_with_carry(arena, network, CARRY_EVENTS, 70)), STATUS_OK) << err.message;
    EXPECT_EQ(program->reset_steps, 70u);
}

TEST_F(Emit, AnEmptyMatrixAndASingleUnitAreFine)
{
    const Network *network = build({1, 1}, [](uint32_t, bool recurrent, uint32_t, uint32_t,
                                              uint32_t) { return recurrent ? 0.5f : 0.0f; });
    for (int32_t format : {-1, 0, 1}) {
        options.format = format;
        ASSERT_EQ(run(network), STATUS_OK) << err.message;
        EXPECT_EQ(program->n_cores, 1u);
        expect_images_hold(program, network);
    }
}

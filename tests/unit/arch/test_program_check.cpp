// program_check.c and program_check_routes.c: every invariant of program.h, broken once.
#include <cmath>
#include <functional>
#include <limits>

#include "program_fixture.h"

namespace
{

struct ProgramCheck : ProgramTest {
    SliceProgram &a()
    {
        return slices[0][0];
    }
    SliceProgram &b()
    {
        return slices[1][0];
    }
    SliceProgram &c()
    {
        return slices[1][1];
    }
    SliceProgram &d()
    {
        return slices[2][0];
    }

    void replace_core(uint32_t from, uint32_t to)
    {
        for (auto &list : route_cores)
            for (uint32_t &core : list)
                core = core == from ? to : core;
    }
    void widen_masks()
    {
        for (RouteEntry &entry : routes)
            entry.mask |= 0xff000000u;
    }
};

TEST_F(ProgramCheck, ProgramByHandIsRight)
{
    EXPECT_EQ(program_check(&program, chip, &err), STATUS_OK) << err.message;
}

// A slice that has no recurrent matrix, bias or scale.
static void drop_recurrent(SliceProgram &slice)
{
    slice.recurrent = {};
    slice.recurrent.n_sources = 2;
    slice.recurrent.n_targets = 3;
    slice.recurrent_bias_offset = 0;
}

TEST_F(ProgramCheck, ASliceMayHaveNoRecurrentMatrix)
{
    drop_recurrent(d());
    EXPECT_EQ(program_check(&program, chip, &err), STATUS_OK) << err.message;
    EXPECT_EQ(slice_recurrent_targets(&d()), 0u);
    EXPECT_EQ(slice_recurrent_targets(&a()), a().input.n_targets);
}

struct Damage {
    const char *name;
    std::function<void(ProgramCheck &)> apply;
    const char *message;
};

const float INF = std::numeric_limits<float>::infinity();

const Damage DAMAGE[] = {
    {"Version", [](ProgramCheck &t) { t.program.format_version = 1; },
     "by-hand: has format version 1; expected 3"},
    {"ChipName", [](ProgramCheck &t) { t.program.chip_name = nullptr; },
     "names no chip or network"},
    {"NoLayer", [](ProgramCheck &t) { t.layers.clear(); },
     "has 0 layers and 3 inputs; expected at least one"},
    {"NoInput", [](ProgramCheck &t) { t.program.n_inputs = 0; }, "has 2 layers and 0 inputs"},
    {"HugeInput", [](ProgramCheck &t) { t.program.n_inputs = 1u << 30; },
     "at most 16777216 inputs"},
    {"LayersDoNotJoin", [](ProgramCheck &t) { t.layers[1].n_inputs = 4; },
     "layer 1 has 4 inputs; expected the 3 of what stands before it"},
    {"NoGate", [](ProgramCheck &t) { t.layers[0].n_gates = 0; }, "layer 0 has 3 units of 0 gates"},
    {"LayerName", [](ProgramCheck &t) { t.layers[0].cell = nullptr; },
     "layer 0 has no name or cell kind"},
    {"Parameter", [](ProgramCheck &t) { t.layers[0].parameter = NAN; },
     "layer 0 has a cell parameter of nan; expected 0 to 1"},
    {"NoOrder", [](ProgramCheck &t) { t.layers[0].unit_of = nullptr; },
     "layer 0 has no order of units"},
    {"UnitAtTwoPositions",
     [](ProgramCheck &t) {
         t.orders[0] = {1, 0, 1};
     },
     "layer 0: position 2 holds unit 1; expected each of 3 units once"},
    {"UnitBeyondLayer",
     [](ProgramCheck &t) {
         t.orders[1] = {0, 2};
     },
     "layer 1: position 1 holds unit 2; expected each of 2 units once"},
    {"NoCore", [](ProgramCheck &t) { t.cores.clear(); }, "uses no core"},
    {"CoresDescend", [](ProgramCheck &t) { t.cores[1].core = 0; },
     "core 0: follows core 0; expected ascending cores"},
    {"CoreWithoutSlice", [](ProgramCheck &t) { t.slices[2].clear(); }, "core 5: has no slice"},
    {"LayerOfSlice", [](ProgramCheck &t) { t.d().layer = 2; },
     "core 5: slice 0: belongs to layer 2; expected 0 to 1"},
    {"UnitsBeyondLayer", [](ProgramCheck &t) { t.a().first_position = 2; },
     "core 0: slice 0: holds positions 2 to 3 of layer 0; expected some of its 3"},
    {"UnitsOverflow", [](ProgramCheck &t) { t.a().n_units = UINT32_MAX; },
     "holds positions 0 to 4294967294 of layer 0"},
    {"NoUnits", [](ProgramCheck &t) { t.a().n_units = 0; }, "holds positions 0 to "},
    {"IndexBytes", [](ProgramCheck &t) { t.a().input.index_bytes = 3; },
     "has indices of 3 bytes; expected 1, 2 or 4"},
    {"Sources", [](ProgramCheck &t) { t.a().input.n_sources = 4; },
     "input matrix: is 4 x 6; expected 3 x 6"},
    {"Targets", [](ProgramCheck &t) { t.b().recurrent.n_targets = 2; },
     "recurrent matrix: is 3 x 2; expected 3 x 3"},
    {"BiasOfNoMatrix",
     [](ProgramCheck &t) {
         drop_recurrent(t.d());
         t.d().recurrent_bias_offset = 4;
     },
     "core 5: slice 0: recurrent matrix: has no row pointers; expected none of its other arrays"},
    {"WeightsOfNoMatrix",
     [](ProgramCheck &t) {
         drop_recurrent(t.d());
         t.d().recurrent.n_weights = 1;
     },
     "recurrent matrix: has no row pointers"},
    {"PointersOutside", [](ProgramCheck &t) { t.a().input.pointer_offset = UINT64_MAX - 3; },
     "input matrix: does not lie in the image"},
    {"IndicesOutside", [](ProgramCheck &t) { t.a().input.index_offset = t.images[0].size() - 2; },
     "input matrix: does not lie in the image"},
    {"WeightsOutside", [](ProgramCheck &t) { t.a().input.n_weights = UINT64_MAX / 2; },
     "input matrix: does not lie in the image"},
    {"BiasOutside", [](ProgramCheck &t) { t.a().bias_offset = t.images[0].size(); },
     "parameters or state do not lie"},
    {"StateOutside", [](ProgramCheck &t) { t.a().state_offset = UINT64_MAX; },
     "parameters or state do not lie"},
    {"WeightNotFinite",
     [](ProgramCheck &t) { t.put_f32(t.images[0], t.a().input.weight_offset, NAN); },
     "input matrix: has a weight that is not finite"},
    {"BiasNotFinite",
     [](ProgramCheck &t) { t.put_f32(t.images[0], t.a().recurrent_bias_offset, -INF); },
     "has a bias or threshold that is not finite"},
    {"StateNotZero", [](ProgramCheck &t) { t.images[0][t.a().state_offset + 4] = 1; },
     "state of unit 1 is not zero at load"},
    {"FirstPointer", [](ProgramCheck &t) { t.put_u32(t.images[0], t.a().input.pointer_offset, 1); },
     "row 0 begins at 1; expected 0"},
    {"PointersDescend",
     [](ProgramCheck &t) { t.put_u32(t.images[0], t.a().input.pointer_offset + 8, 1); },
     "input matrix: row 1 ends at 1; expected 2 to 3"},
    {"PointerTooLarge",
     [](ProgramCheck &t) { t.put_u32(t.images[0], t.a().input.pointer_offset + 8, 9); },
     "input matrix: row 1 ends at 9; expected 2 to 3"},
    {"RowsMissWeights",
     [](ProgramCheck &t) { t.put_u32(t.images[0], t.a().input.pointer_offset + 12, 2); },
     "rows hold 2 weights; expected 3"},
    {"IndicesDescend", [](ProgramCheck &t) { t.images[0][t.a().input.index_offset + 1] = 1; },
     "row 0 has index 1; expected 2 to 5, ascending"},
    {"IndexTooLarge", [](ProgramCheck &t) { t.images[0][t.a().input.index_offset + 2] = 6; },
     "row 2 has index 6; expected 0 to 5"},
    {"StateOverlaps", [](ProgramCheck &t) { t.a().state_offset = t.a().bias_offset; },
     "of the image overlaps another array"},
    {"RegionTooSmall", [](ProgramCheck &t) { t.cores[0].region_bytes[REGION_WEIGHTS] = 16; },
     "region weights has 16 bytes; expected 20 to"},
    {"RegionTooLarge", [](ProgramCheck &t) { t.cores[0].region_bytes[REGION_CODE] = UINT64_MAX; },
     "region code has 18446744073709551615 bytes"},
    {"ImageBeyondRegions", [](ProgramCheck &t) { t.images[0].resize(t.images[0].size() + 4); },
     "expected at most the"},
    {"SlicesOfCoreDescend", [](ProgramCheck &t) { std::swap(t.b(), t.c()); },
     "core 2: slices do not ascend"},
    {"UnitOnTwoCores", [](ProgramCheck &t) { t.d().first_position = 0; },
     "layer 1: position 1 is on no core, or on two"},
    {"KeysOverlap", [](ProgramCheck &t) { t.b().key = 9; },
     "key 9 has two senders; expected one for each key"},
    {"MarkerOverlaps", [](ProgramCheck &t) { t.b().marker_key = 2; }, "key 2 has two senders"},
    {"KeysOverflow", [](ProgramCheck &t) { t.a().key = UINT32_MAX; },
     "2 keys from 4294967295 on; expected them to end"},
    {"MaskWithHoles", [](ProgramCheck &t) { t.routes[0].mask = 0x00fffff5; },
     "key 1 has no route; expected one"},
    {"MaskTakesTheKeysOfOthers", [](ProgramCheck &t) { t.routes[0].mask = 0x00ffffe0; },
     "route of key 16 leads to core 2, which does not need its packets"},
    {"KeyOutsideMask", [](ProgramCheck &t) { t.routes[1].key = 9; }, "route of key 9 has mask"},
    {"RoutesOverlap", [](ProgramCheck &t) { t.routes[0].mask = 0x00fffff0; },
     "route of key 8 matches no key that is sent"},
    {"ToHostTwice", [](ProgramCheck &t) { t.routes[3].to_host = 2; },
     "to_host is 2; expected 0 or 1"},
    {"RouteCoresDescend",
     [](ProgramCheck &t) {
         t.route_cores[0] = {2, 0};
     },
     "core 0 follows 2; expected ascending"},
    {"RouteToUnusedCore",
     [](ProgramCheck &t) {
         t.route_cores[0] = {0, 2, 3};
     },
     "leads to core 3, which has no program"},
    {"RouteToUnusedCoreFirst",
     [](ProgramCheck &t) {
         t.route_cores[0] = {0, 1, 2};
     },
     "leads to core 1, which has no program"},
    {"RouteLeavesOut", [](ProgramCheck &t) { t.route_cores[2] = {0}; },
     "route of key 16 leaves out core 5, which needs its packets"},
    {"RouteTooWide",
     [](ProgramCheck &t) {
         t.route_cores[2] = {0, 2, 5};
     },
     "route of key 16 leads to core 2, which does not need its packets"},
    {"MarkerLeavesOut",
     [](ProgramCheck &t) {
         t.route_cores[8] = {0, 2};
     },
     "route of key 110 leaves out core 5"},
    {"HostLeftOut", [](ProgramCheck &t) { t.routes[3].to_host = 0; },
     "route of key 24 leaves out the host"},
    {"HostNotAsked", [](ProgramCheck &t) { t.routes[0].to_host = 1; },
     "route of key 0 leads to the host; expected cores only"},
    {"KeyWithoutRoute",
     [](ProgramCheck &t) {
         t.routes.erase(t.routes.begin() + 3), t.route_cores.erase(t.route_cores.begin() + 3);
     },
     "key 24 has no route"},
    {"RouteOfHalfABlock", [](ProgramCheck &t) { t.routes[1].mask = 0x00ffffff; },
     "key 9 has no route"},
    {"RouteForNothing", [](ProgramCheck &t) { t.add_route(200, 1, {}, 0); },
     "route of key 200 matches no key that is sent"},
    {"OtherChip", [](ProgramCheck &t) { t.program.chip_hash++; },
     "was compiled for chip tiny-2x2 ("},
    {"TokenRowsOfNoToken", [](ProgramCheck &t) { t.a().dram_offset = 4; },
     "its token rows begin at byte 4 of the DRAM; expected 0"},
    {"TokenRowsBesideWeights", [](ProgramCheck &t) { t.program.n_tokens = 2; },
     "core 0, slice 0: input weights beside token rows"},
    {"DecoderOfNothing", [](ProgramCheck &t) { t.program.has_decoder = true; },
     "is of the decoder, or not"},
    {"SliceOfNoDecoder", [](ProgramCheck &t) { t.a().decoder = true; },
     "is of the decoder, or not"},
    {"DramOfNothing", [](ProgramCheck &t) { t.program.dram_bytes = 8; },
     "token rows of 8 bytes and 3 inputs; expected 0 bytes"},
    {"CoreNotUsable", [](ProgramCheck &t) { t.cores[2].core = 8, t.replace_core(5, 8); },
     "core 8: is not among the 8 usable cores"},
    {"DataMemoryTooSmall",
     [](ProgramCheck &t) { t.cores[0].region_bytes[REGION_ACCUMULATORS] = 30000; },
     "bytes of data memory; the chip has 24576"},
    {"SystemMemoryTooSmall",
     [](ProgramCheck &t) { t.cores[0].region_bytes[REGION_EVENTS] = 30000; },
     "core 0: uses 32176 bytes of system memory; the chip has 16384"},
    {"KeyTooWide",
     [](ProgramCheck &t) {
         t.d().marker_key = 1u << 24, t.routes[9].key = 1u << 24, t.widen_masks();
     },
     "sends key 16777217; the router's keys end at 16777215"},
};

TEST_F(ProgramCheck, EveryInvariantThatIsBrokenIsNamed)
{
    for (const Damage &row : DAMAGE) {
        build();
        row.apply(*this);
        point_views();
        err = {};
        EXPECT_EQ(program_check(&program, chip, &err), STATUS_INPUT) << row.name;
        std::string message = err.message;
        EXPECT_NE(message.find(row.message), std::string::npos) << row.name << " -> " << message;
        EXPECT_EQ(message.rfind("by-hand: ", 0), 0u) << row.name << " -> " << message;
    }
    build();
    EXPECT_EQ(program_check(&program, chip, &err), STATUS_OK) << err.message;
}

TEST_F(ProgramCheck, RoutesOfSeveralEntriesMayCoverABlock)
{
    routes[1].mask = 0x00ffffff;
    routes.insert(routes.begin() + 2, {9, 0x00ffffff, 0, nullptr, 0, nullptr, 0});
    route_cores.insert(route_cores.begin() + 2, route_cores[1]);
    point_views();
    EXPECT_EQ(program_check(&program, chip, &err), STATUS_OK) << err.message;
}

TEST_F(ProgramCheck, SourcesOfARowAscendByUnit)
{
    orders[0] = {2, 0, 1}; // row 0 of C's input matrix holds positions 0 and 1
    EXPECT_EQ(program_check(&program, chip, &err), STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("input matrix: row 0 has index"), std::string::npos)
        << err.message;
    std::swap(images[1][c().input.index_offset], images[1][c().input.index_offset + 1]);
    EXPECT_EQ(program_check(&program, chip, &err), STATUS_OK) << err.message;
}

// D loses its only source: slice 1 mod 2 of the layer before, B, still sends it its marker.
TEST_F(ProgramCheck, ACoreThatNobodyFeedsIsPacedByOneSliceOfTheLayerBefore)
{
    d().input.n_weights = 0;
    put_u32(images[2], d().input.pointer_offset + 12, 0);
    route_cores[2] = {0}; // B's events
    point_views();
    EXPECT_EQ(program_check(&program, chip, &err), STATUS_OK) << err.message;
    route_cores[7] = {0}; // B's marker
    point_views();
    EXPECT_EQ(program_check(&program, chip, &err), STATUS_INPUT);
    EXPECT_NE(std::string(err.message).find("route of key 108 leaves out core 5"),
              std::string::npos)
        << err.message;
}

TEST_F(ProgramCheck, ReadOnlyArraysMayShareBytes)
{
    a().recurrent_bias_offset = a().bias_offset;
    EXPECT_EQ(program_check(&program, chip, &err), STATUS_OK) << err.message;
}

} // namespace

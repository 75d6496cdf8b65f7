// order.c and the passes on layers whose units stand in another order: nothing is lost, rows are in
// the order of summation.
#include <numeric>

#include "base/rng.h"
#include "compiler_fixture.h"

class Order : public CompilerTest
{
  protected:
    static std::vector<uint32_t> shuffled(uint32_t n, uint64_t seed)
    {
        Rng rng = rng_make(1, seed);
        std::vector<uint32_t> order(n);
        std::iota(order.begin(), order.end(), 0u);
        for (uint32_t i = n; i > 1; i--)
            std::swap(order[i - 1], order[rng_below(&rng, i)]);
        return order;
    }

    // Every layer shuffled before it is split, then all other passes with their checks.
    Mapping *map_shuffled(const Network *network)
    {
        before_split = [](Arena *scratch, Mapping *mapping) {
            for (uint32_t l = 0; l < mapping->network->n_layers; l++)
                order_set(scratch, mapping, l,
                          shuffled(mapping->network->layer[l].n_units, 7 + l).data());
        };
        Mapping *mapping = map_until(network, 'e');
        EXPECT_EQ(mapping_check(arena, mapping, &err), STATUS_OK) << err.message;
        return mapping;
    }
};

TEST_F(Order, WeightsOfAnySliceAreThoseOfItsUnits)
{
    const Network *network = generate({30, 41}, 0.2);
    const Layer &layer = network->layer[0];
    Mapping *mapping = mapping_new(arena, &chip, nullptr, network, &options);
    for (uint64_t seed = 0; seed < 3; seed++) { // a new order on top of the old one
        std::vector<uint32_t> unit_of = shuffled(41, seed);
        order_set(arena, mapping, 0, unit_of.data());
        for (uint32_t first = 0; first < 41; first += 5) {
            std::vector<bool> mine(41);
            for (uint32_t p = first; p < std::min(first + 7, 41u); p++)
                mine[unit_of[p]] = true;
            uint64_t input = 0, recurrent = 0;
            for (uint64_t i = 0; i < layer.input.n_nonzeros; i++)
                input += mine[layer.input.col[i] % 41];
            for (uint64_t i = 0; i < layer.recurrent.n_nonzeros; i++)
                recurrent += mine[layer.recurrent.col[i] % 41];
            SliceProgram slice = slice_from(mapping, 0, first, std::min(7u, 41 - first));
            EXPECT_EQ(slice.input.n_weights, input);
            EXPECT_EQ(slice.recurrent.n_weights, recurrent);
        }
        for (uint32_t unit = 0; unit < 41; unit++)
            EXPECT_EQ(unit_of[mapping->position_of[0][unit]], unit);
    }
}

// Full rows are marked, sparse ones sorted.
TEST_F(Order, OrderedRowsHoldTheSameWeightsAscending)
{
    struct Shape {
        uint32_t n_units;
        double density;
    };
    for (const Shape &shape : {Shape{41, 0.3}, Shape{64, 1.0}, Shape{3000, 0.001}}) {
        const uint32_t n_units = shape.n_units;
        const Network *network = generate({30, n_units}, shape.density);
        const SparseRows &rows = network->layer[0].input;
        Mapping *mapping = mapping_new(arena, &chip, nullptr, network, &options);
        EXPECT_EQ(ordered_rows(arena, mapping, 0, &rows).col, rows.col); // nothing to copy
        order_set(arena, mapping, 0, shuffled(n_units, 3).data());
        OrderedRows ordered = ordered_rows(arena, mapping, 0, &rows);
        WeightMap found;
        for (uint32_t row = 0; row < rows.n_rows; row++)
            for (uint64_t i = rows.row_start[row]; i < rows.row_start[row + 1]; i++) {
                EXPECT_TRUE(i == rows.row_start[row] || ordered.col[i - 1] < ordered.col[i]);
                uint32_t unit = mapping->unit_of[0][ordered.col[i] % n_units];
                uint64_t entry = ordered_entry(&ordered, row, i);
                EXPECT_EQ(rows.col[entry], ordered.col[i] / n_units * n_units + unit);
                found[{row, rows.col[entry]}] = rows.weight[entry];
            }
        EXPECT_EQ(found, stored(rows));
    }
}

TEST_F(Order, ImagesInAnyOrderHoldEveryWeightOnce)
{
    const Network *network = generate({17, 40, 23}, 0.25);
    for (int32_t format : {-1, 0, 1}) {
        options.format = format;
        set_counts({5, 4});
        program = map_shuffled(network)->program;
        expect_images_hold(program, network);
        EXPECT_EQ(program_check(program, &chip, &err), STATUS_OK) << err.message;
    }
}

// Order of summation: the sources of a row ascend by unit, whatever their positions.
TEST_F(Order, RowsByTargetNameTheirSourcesInTheOrderOfUnits)
{
    const Network *network = generate({9, 20, 12}, 0.5);
    options.format = FORMAT_TARGET;
    set_counts({2, 2});
    program = map_shuffled(network)->program;
    uint32_t n_descents = 0;
    for (uint32_t c = 0; c < program->n_cores; c++) {
        const CoreProgram &core = program->core[c];
        const SliceProgram &slice = core.slice[0];
        const uint32_t *unit_of = program->layer[slice.layer].unit_of;
        for (uint32_t row = 0; row < slice.recurrent.n_targets; row++) {
            uint32_t i = image_pointer(core.image, &slice.recurrent, row);
            uint32_t end = image_pointer(core.image, &slice.recurrent, uint64_t{row} + 1);
            for (uint32_t before = UINT32_MAX; i < end; i++) {
                uint32_t position = image_column(core.image, &slice.recurrent, i);
                if (before != UINT32_MAX) {
                    EXPECT_LT(unit_of[before], unit_of[position]);
                    n_descents += position < before;
                }
                before = position;
            }
        }
    }
    EXPECT_GT(n_descents, 20u); // positions themselves do not ascend
}

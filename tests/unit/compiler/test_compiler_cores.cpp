// Cores of each layer, placement strategies.
#include <algorithm>
#include <set>

#include "compiler_fixture.h"
#include "grouping.h"

using Cores = CompilerTest;

TEST_F(Cores, EstimateIsTheSumOfReceiveWeightsUpdateAndEmit)
{
    const Network *network =
        build({4, 6}, [](uint32_t, bool, uint32_t, uint32_t, uint32_t) { return 1.0f; });
    const_cast<Layer *>(network->layer)->activity = 0.5;
    Mapping *mapping = mapping_new(arena, &chip, nullptr, network, &options);
    SliceProgram slice = slice_make(mapping, 0, 3, 0); // 2 units
    set_formats(&slice, FORMAT_SOURCE, 2);
    double receive = (4 * 1.0 + 6 * 0.5) * 30, weights = (4 * 6 * 1.0 + 6 * 6 * 0.5) * 25;
    double update = 300 + 2 * 150, emit = 0.5 * 2 * 20;
    EXPECT_DOUBLE_EQ(estimate_slice_cycles(mapping, &slice), receive + weights + update + emit);
    set_formats(&slice, FORMAT_TARGET, 2);
    EXPECT_DOUBLE_EQ(estimate_slice_cycles(mapping, &slice),
                     receive + (4 * 6 + 6 * 6) * 25 + update + emit);
}

TEST_F(Cores, UnknownActivityIsTakenAsOneInFiveAndTheInputAsDense)
{
    const Network *network = generate({4, 6}, 0.5);
    auto activity = [&](int64_t layer) {
        return estimate_activity(mapping_new(arena, &chip, nullptr, network, &options), layer);
    };
    EXPECT_DOUBLE_EQ(activity(-1), 1.0);
    const_cast<Layer *>(network->layer)->activity = -1.0;
    EXPECT_DOUBLE_EQ(activity(0), 0.2);
    const_cast<Layer *>(network->layer)->activity = 0.0;
    EXPECT_DOUBLE_EQ(activity(0), 0.0);
}

TEST_F(Cores, GivenRatesOfUnitsReplaceThoseOfTheNetwork)
{
    const Network *network = generate({4, 6, 5}, 0.5);
    const std::vector<double> input{0.0, 1.0, 0.5, 0.5}, first{0.0, 0.1, 0.2, 0.3, 0.4, 0.2};
    const double *layer[] = {first.data(), nullptr};
    UnitRates rates = {input.data(), layer};
    options.rates = &rates;
    Mapping *mapping = mapping_new(arena, &chip, nullptr, network, &options);
    EXPECT_DOUBLE_EQ(estimate_activity(mapping, -1), 0.5);
    EXPECT_DOUBLE_EQ(estimate_activity(mapping, 0), 0.2);
    EXPECT_DOUBLE_EQ(mapping->rates->layer[1][4], 0.2);
    const std::vector<double> wrong{0.0, 1.0, 1.5, 0.5};
    rates.input = wrong.data();
    EXPECT_EQ(run(network), STATUS_USAGE);
    EXPECT_STREQ(err.message, "input: unit 2 emits 1.5 events a step; expected 0 to 1");
}

TEST_F(Cores, ChoiceIsAboutTheBestOfAllCounts)
{
    Arena *inner = arena_new();
    for (uint64_t seed = 1; seed <= 5; seed++) {
        const Network *network = generate({20, 12, 30, 7}, 0.3, PICK_BERNOULLI, seed);
        Mapping *mapping = map_until(network, 'c');
        Grouping grouping = grouping_new(arena, 3);
        grouping.n_groups = 3;
        auto latency = [&](std::vector<uint32_t> count) {
            for (uint32_t l = 0; l < 3; l++) {
                grouping.group_of[l] = l;
                grouping.n_slots[l] = count[l];
            }
            Estimate estimate = grouping_estimate(inner, mapping, &grouping);
            return estimate.fits ? estimate.latency_us : 1e9;
        };
        double best = 1e9;
        for (uint32_t a = 1; a <= 12; a++)
            for (uint32_t b = 1; b <= 14; b++)
                for (uint32_t c = 1; c <= 7 && a + b + c <= 16; c++)
                    best = std::min(best, latency({a, b, c}));
        std::vector<uint32_t> chosen(mapping->core_count, mapping->core_count + 3);
        EXPECT_LE(chosen[0] + chosen[1] + chosen[2], 16u);
        EXPECT_LE(latency(chosen), 1.01 * best) << "seed " << seed;
    }
    arena_free(inner);
}

TEST_F(Cores, EveryLayerGetsAtLeastWhatItsMemoryNeeds)
{
    // layer 1 is idle (few events) but large: latency alone would give it little
    const Network *network = generate({10, 200, 60}, 0.6);
    TestChip::set(chip.core.data_bytes, 60000);
    Mapping *mapping = map_until(network, 'c');
    uint32_t least[2], hopeless;
    ASSERT_GT(fit_min_cores(arena, mapping, least, &hopeless), 2u);
    EXPECT_GE(mapping->core_count[0], least[0]);
    EXPECT_GE(mapping->core_count[1], least[1]);
    EXPECT_EQ(run(network), STATUS_OK) << err.message;
}

TEST_F(Cores, NoLayerGetsMoreCoresThanUnits)
{
    Mapping *mapping = map_until(generate({50, 2, 3}, 0.5), 'c');
    EXPECT_EQ(mapping->core_count[0], 2u);
    EXPECT_EQ(mapping->core_count[1], 3u);
}

TEST_F(Cores, TheRouterTableBoundsTheNumberOfSlices)
{
    TestChip::set(chip.router.table_entries, 13); // five slices and the input
    Mapping *mapping = map_until(generate({50, 20, 30}, 0.5), 'c');
    EXPECT_EQ(mapping->core_count[0] + mapping->core_count[1], 5u);
}

TEST_F(Cores, ManyRoutersLeaveTheirTablesToTheTablesPassWhereTheNetworkNeedsIt)
{
    TestChip::set(chip.router.table_entries, 9); // three slices and the input
    TestChip::set(chip.core.data_bytes, 12000);
    const Network *network = generate({50, 40, 30}, 0.5);
    Topology topology{};
    topology.n_routers = 1;
    options.split = "equal";
    Mapping *mapping = mapping_new(arena, &chip, &topology, network, &options);
    ASSERT_EQ(pass_cores(arena, arena, mapping, &err), STATUS_OK);
    uint32_t least[2], hopeless;
    uint64_t needed = fit_min_cores(arena, mapping, least, &hopeless);
    ASSERT_GT(needed, 3u);
    EXPECT_LE(mapping->n_planned_slots, 3u); // for the memory pass to refuse
    topology.n_routers = 2;
    mapping = mapping_new(arena, &chip, &topology, network, &options);
    ASSERT_EQ(pass_cores(arena, arena, mapping, &err), STATUS_OK);
    EXPECT_GE(mapping->n_planned_slots, needed);
}

TEST_F(Cores, MoreLayersThanCoresAreRefusedUnlessTheyShare)
{
    chip.grid.usable_cores = 2;
    const Network *network = generate({5, 6, 6, 6}, 0.5);
    EXPECT_EQ(run(network), STATUS_NO_FIT);
    EXPECT_STREQ(err.message, "3 layers need a core each, the chip has 2 usable cores");
    options.share_cores = true;
    EXPECT_EQ(run(network), STATUS_OK) << err.message;
    EXPECT_EQ(summary->n_cores, 2u);
}

TEST_F(Cores, SequentialPlacementFillsCoresByIdLayerByLayer)
{
    set_counts({3, 5});
    Mapping *mapping = map_until(generate({5, 6, 6}, 0.5), 'p');
    for (uint32_t s = 0; s < 8; s++)
        EXPECT_EQ(mapping->core_of[s], s);
}

TEST_F(Cores, SnakePlacementTurnsRoundAtTheEndOfAColumn)
{
    set_counts({12, 3});
    options.placement = "snake";
    chip.grid.usable_cores = 15;
    Mapping *mapping = map_until(generate({5, 20, 6}, 0.5), 'p');
    std::vector<uint32_t> expected{0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 8, 9, 10, 11};
    EXPECT_EQ(std::vector<uint32_t>(mapping->core_of, mapping->core_of + 15), expected);
}

TEST_F(Cores, EveryStrategyPlacesEverySliceOnACoreOfItsOwn)
{
    static const uint32_t link[] = {0, 1, 2, 3, 4};
    NocPath to[4] = {{5, link, 0}, {1, link, 0}, {2, link, 0}, {3, link, 0}};
    NocPath from[4] = {{1, link, 0}, {2, link, 0}, {2, link, 0}, {2, link, 0}};
    Cell2d router_cell{0, 0};
    Topology topology = test_chip.topology;
    topology.n_links = 5;
    topology.to_router = to;
    topology.from_router = from;
    topology.n_routers = topology.router_width = topology.router_height = 1;
    topology.n_sides = 4;
    topology.router_cell = &router_cell;
    topology.cores_per_router = 16;
    const Network *network = generate({5, 20, 6}, 0.5);
    for (const char *name : {"sequential", "snake", "row-snake", "hilbert", "rcm", "cluster",
                             "force", "anneal", "auto", "near-router"}) {
        options.placement = name;
        options.effort = 1;
        set_counts({9, 5});
        ASSERT_EQ(run(network, &chip, &topology), STATUS_OK) << err.message;
        EXPECT_EQ(program->n_cores, 14u);
        expect_images_hold(program, network);
    }
    // tiles by links: 1 (3), 2 (4), 3 (5), 0 (6): the last two cores in use are on tile 0
    EXPECT_EQ(program->core[0].core, 0u);
    EXPECT_EQ(program->core[1].core, 1u);
    EXPECT_EQ(program->core[2].core, 4u);
}

TEST_F(Cores, AnUnknownStrategyIsRefusedWithTheNamesThatExist)
{
    options.placement = "spiral";
    EXPECT_EQ(run(generate({5, 6}, 0.5)), STATUS_USAGE);
    EXPECT_STREQ(err.message,
                 "no placement strategy is called 'spiral'; there are: auto, "
                 "sequential, snake, row-snake, near-router, hilbert, rcm, cluster, force, "
                 "anneal, scotch");
    EXPECT_EQ(program, nullptr);
}

TEST_F(Cores, SharedCoresHoldASliceOfEveryLayer)
{
    options.share_cores = true;
    set_counts({4, 2, 1});
    Mapping *mapping = map_until(generate({5, 8, 6, 3}, 0.5), 'p');
    EXPECT_EQ(mapping->n_slots, 4u);
    EXPECT_EQ(mapping->core[0].n_slices, 3u);
    EXPECT_EQ(mapping->core[1].n_slices, 1u);
    EXPECT_EQ(mapping->core[2].n_slices, 2u);
    EXPECT_EQ(mapping_check(arena, mapping, &err), STATUS_OK) << err.message;
}

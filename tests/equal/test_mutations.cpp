// test_mutations.cpp - a compiled mapping broken in one place, in each way that the proofs cover:
// the proof that is meant to catch it does, by name.
#include "../unit/compiler/compiler_fixture.h"

#include <set>

namespace
{

class Mutations : public CompilerTest
{
  public:
    Mapping *mapping = nullptr;
    const Topology *mesh = nullptr;

    Arena *arena_of()
    {
        return arena;
    }
    Chip &chip_of()
    {
        return chip;
    }
    // What a mutation has done to the chip is undone.
    void test_chip_reset()
    {
        TestChip fresh;
        chip.core = fresh.chip.core;
        chip.router = fresh.chip.router;
        chip.fabric.n_dead_cores = 0;
    }

    // Two layers on five cores of the test chip: 12 and 8 units, fp32 rows by source.
    Mapping *make(char last_letter)
    {
        options = CompileOptions{};
        options.format = FORMAT_SOURCE;
        set_counts({3, 2});
        return map_until(generate({9, 12, 8}, 0.4), last_letter);
    }

    // Two layers over a mesh with a router in every tile.
    Mapping *make_on_mesh(char last_letter)
    {
        options = CompileOptions{};
        options.format = FORMAT_SOURCE;
        const Chip *on = nullptr;
        std::string folder = std::string(EGRET_SOURCE_DIR) + "/arch/chips";
        EXPECT_EQ(chip_load(arena, "tiny-mesh", folder.c_str(), nullptr, 0, &on, &err), STATUS_OK)
            << err.message;
        EXPECT_EQ(topology_build(arena, on, &mesh, &err), STATUS_OK) << err.message;
        uint32_t half = chip_usable_cores(on) / 2;
        set_counts({half, half});
        return map_until(generate({9, 4 * half, 4 * half}, 0.1), last_letter, mesh);
    }

    // --- what only a test may touch ---

    static RouteEntry *entry_of(Mapping *m, uint32_t key)
    {
        return const_cast<RouteEntry *>(table_route(&m->table[0], key));
    }
    static SliceProgram *slice_of(Mapping *m, uint32_t core)
    {
        return const_cast<SliceProgram *>(&m->program->core[core].slice[0]);
    }
    static uint8_t *image_of(Mapping *m, uint32_t core)
    {
        return const_cast<uint8_t *>(m->program->core[core].image);
    }

    // The entry leads to other cores.
    void lead_to(RouteEntry *entry, std::vector<uint32_t> cores)
    {
        uint32_t *list = ARENA_ARRAY(arena, uint32_t, cores.size());
        std::copy(cores.begin(), cores.end(), list);
        entry->core = list;
        entry->n_cores = static_cast<uint32_t>(cores.size());
    }

    static std::vector<uint32_t> cores_of(const RouteEntry *entry)
    {
        return {entry->core, entry->core + entry->n_cores};
    }

    // A table of its own with one more entry in front.
    void put_in_front(Mapping *m, const RouteEntry &first)
    {
        RouterTable *table = &m->table[0];
        RouteEntry *entry = ARENA_ARRAY(arena, RouteEntry, table->n_entries + 1);
        entry[0] = first;
        std::copy(table->entry, table->entry + table->n_entries, entry + 1);
        table->entry = entry;
        table->n_entries++;
        table->n_ascending = 0;
    }

    // A core in use that the entry does not lead to.
    static uint32_t another_core(const Mapping *m, const RouteEntry *entry)
    {
        for (uint32_t c = 0; c < m->n_slots; c++)
            if (std::find(entry->core, entry->core + entry->n_cores, m->core[c].core) ==
                entry->core + entry->n_cores)
                return m->core[c].core;
        ADD_FAILURE() << "the entry leads to all cores";
        return 0;
    }

    // A slice whose events do not reach all cores.
    static const SliceProgram *picky_slice(const Mapping *m)
    {
        for (uint32_t s = 0; s < m->n_slices; s++)
            if (table_route(&m->table[0], m->slice[s].key)->n_cores < m->n_slots)
                return &m->slice[s];
        ADD_FAILURE() << "all slices reach all cores";
        return &m->slice[0];
    }

    // An entry of the mesh with a link out of its router; *router is set.
    static RouteEntry *entry_with_link(Mapping *m, uint32_t *router)
    {
        for (uint32_t r = 0; r < m->n_tables; r++)
            for (uint32_t e = 0; e < m->table[r].n_entries; e++)
                if (m->table[r].entry[e].n_links > 0) {
                    *router = r;
                    return const_cast<RouteEntry *>(&m->table[r].entry[e]);
                }
        ADD_FAILURE() << "no entry leads over a link";
        return nullptr;
    }

    void set_links(RouteEntry *entry, std::vector<uint32_t> links)
    {
        uint32_t *list = ARENA_ARRAY(arena, uint32_t, links.size());
        std::copy(links.begin(), links.end(), list);
        entry->link = list;
        entry->n_links = static_cast<uint32_t>(links.size());
    }
};

struct Mutation {
    const char *name;
    char after; // the mapping is complete up to this pass
    std::function<void(Mutations &, Mapping *)> apply;
    const char *proof; // that must catch it
    bool on_mesh;
};

const Mutation MUTATION[] = {
    {"UnitTwice", 's', [](Mutations &, Mapping *m) { m->unit_of[0][1] = m->unit_of[0][0]; },
     "unit-once", false},
    {"UnitMissing", 's', [](Mutations &, Mapping *m) { m->slice[1].n_units--; }, "unit-once",
     false},
    {"UnitInTwoSlices", 's', [](Mutations &, Mapping *m) { m->slice[1].first_position--; },
     "unit-once", false},
    {"UnitNotedElsewhere", 's', [](Mutations &, Mapping *m) { m->slice_of[0][5]++; }, "unit-once",
     false},
    {"SliceCountsAWeightLess", 's',
     [](Mutations &, Mapping *m) { m->slice[0].recurrent.n_weights--; }, "unit-once", false},
    {"LayerWithoutCores", 'c', [](Mutations &, Mapping *m) { m->core_count[1] = 0; }, "core-counts",
     false},
    {"SliceOnACoreThatDoesNotListIt", 'p',
     [](Mutations &, Mapping *m) { m->core_of[2] = m->core_of[3]; }, "place", false},
    {"CoreBeyondTheUsableOnes", 'p',
     [](Mutations &, Mapping *m) { m->core_of[4] = m->core[4].core = 16; }, "place", false},
    {"DeadCoreInUse", 'p',
     [](Mutations &t, Mapping *m) {
         uint32_t *dead = ARENA_ARRAY(t.arena_of(), uint32_t, 1);
         dead[0] = m->core[2].core;
         t.chip_of().fabric.dead_core = dead;
         t.chip_of().fabric.n_dead_cores = 1;
     },
     "place", false},
    {"TwoSlotsOnOneCore", 'p', [](Mutations &, Mapping *m) { m->core[1].core = m->core[0].core; },
     "place", false},
    {"IndicesTooNarrow", 'f', [](Mutations &, Mapping *m) { m->slice[0].input.index_bytes = 0; },
     "index-width", false},
    {"ArraysOverlap", 'm', [](Mutations &, Mapping *m) { m->slice[1].bias_offset -= 4; }, "memory",
     false},
    {"RegionIsNotTheSumOfItsArrays", 'm',
     [](Mutations &, Mapping *m) { m->core[2].region_bytes[REGION_STATE] += 4; }, "memory", false},
    {"MemoryOverflows", 'm',
     [](Mutations &t, Mapping *m) {
         TestChip::set(t.chip_of().core.data_bytes,
                       static_cast<double>(memory_bytes(m->core[0].region_bytes, 1) - 4));
     },
     "memory", false},
    {"KeysOverlap", 'k', [](Mutations &, Mapping *m) { m->slice[1].key = m->slice[0].key; },
     "keys-apart", false},
    {"MarkerAmongEvents", 'k',
     [](Mutations &, Mapping *m) { m->slice[3].marker_key = m->slice[0].key + 1; }, "keys-apart",
     false},
    {"BlockNotAligned", 'k', [](Mutations &, Mapping *m) { m->slice[0].key++; }, "keys-apart",
     false},
    {"KeyBeyondTheRouters", 'k',
     [](Mutations &t, Mapping *) { TestChip::set(t.chip_of().router.key_bits, 3); }, "keys-apart",
     false},
    {"RouteLacksACore", 't',
     [](Mutations &t, Mapping *m) {
         RouteEntry *entry = t.entry_of(m, m->slice[0].key);
         auto cores = t.cores_of(entry);
         cores.pop_back();
         t.lead_to(entry, cores);
     },
     "delivery-once", false},
    {"RouteHasOneCoreMore", 't',
     [](Mutations &t, Mapping *m) {
         RouteEntry *entry = t.entry_of(m, t.picky_slice(m)->key);
         auto cores = t.cores_of(entry);
         cores.push_back(t.another_core(m, entry));
         t.lead_to(entry, cores);
     },
     "delivery-once", false},
    {"RouteDeliversTwice", 't',
     [](Mutations &t, Mapping *m) {
         RouteEntry *entry = t.entry_of(m, m->slice[0].key);
         auto cores = t.cores_of(entry);
         cores.push_back(cores.back());
         t.lead_to(entry, cores);
     },
     "delivery-once", false},
    {"HostForgotten", 't',
     [](Mutations &t, Mapping *m) { t.entry_of(m, m->slice[4].key)->to_host = 0; }, "delivery-once",
     false},
    {"HostDisturbed", 't',
     [](Mutations &t, Mapping *m) { t.entry_of(m, m->input_key)->to_host = 1; }, "delivery-once",
     false},
    {"MarkerDoesNotComeBack", 't',
     [](Mutations &t, Mapping *m) {
         RouteEntry *entry = t.entry_of(m, m->slice[4].marker_key);
         auto cores = t.cores_of(entry);
         cores.erase(cores.begin());
         t.lead_to(entry, cores);
     },
     "delivery-once", false},
    {"EntryShadowedByAnEarlierOne", 't',
     [](Mutations &t, Mapping *m) {
         RouteEntry first = *t.entry_of(m, t.picky_slice(m)->key);
         first.mask = UINT32_MAX;
         first.n_cores = 0;
         t.put_in_front(m, first);
     },
     "delivery-once", false},
    {"MaskCatchesAnotherKey", 't',
     [](Mutations &t, Mapping *m) {
         RouteEntry first = *t.entry_of(m, t.picky_slice(m)->key);
         first.mask = 0; // everything
         first.key = 0;
         t.put_in_front(m, first);
     },
     "delivery-once", false},
    {"EntryMissing", 't',
     [](Mutations &, Mapping *m) {
         m->table[0].n_entries--;
         m->table[0].n_ascending = table_count_ascending(&m->table[0]);
     },
     "delivery-once", false},
    {"TreeGoesInACircle", 't',
     [](Mutations &t, Mapping *m) {
         uint32_t router = 0;
         uint32_t link = t.entry_with_link(m, &router)->link[0];
         const RouterLink *over = &t.mesh->router_link[link];
         for (uint32_t e = 0; e < m->table[over->to].n_entries; e++)
             t.set_links(const_cast<RouteEntry *>(&m->table[over->to].entry[e]), {over->back});
         auto *turns = const_cast<uint64_t *>(t.mesh->turns);
         for (uint32_t r = 0; r < t.mesh->n_routers; r++)
             turns[r] = UINT64_MAX;
     },
     "delivery-once", true},
    {"BranchCutOff", 't',
     [](Mutations &t, Mapping *m) {
         uint32_t router = 0;
         t.set_links(t.entry_with_link(m, &router), {});
     },
     "delivery-once", true},
    {"ForbiddenTurn", 't',
     [](Mutations &t, Mapping *) {
         auto *turns = const_cast<uint64_t *>(t.mesh->turns);
         for (uint32_t r = 0; r < t.mesh->n_routers; r++)
             turns[r] = 0;
     },
     "no-deadlock", true},
    {"WeightChanged", 'e',
     [](Mutations &t, Mapping *m) { t.image_of(m, 0)[t.slice_of(m, 0)->input.weight_offset] ^= 1; },
     "weight-once", false},
    {"WeightsChangePlaces", 'e',
     [](Mutations &t, Mapping *m) {
         uint8_t *weight = t.image_of(m, 0) + t.slice_of(m, 0)->input.weight_offset;
         std::swap_ranges(weight, weight + 4, weight + 4);
     },
     "weight-once", false},
    {"WeightMovesToAnotherCore", 'e',
     [](Mutations &t, Mapping *m) {
         std::swap_ranges(t.image_of(m, 0) + t.slice_of(m, 0)->input.weight_offset,
                          t.image_of(m, 0) + t.slice_of(m, 0)->input.weight_offset + 4,
                          t.image_of(m, 1) + t.slice_of(m, 1)->input.weight_offset);
     },
     "weight-once", false},
    {"WeightDropped", 'e',
     [](Mutations &t, Mapping *m) {
         MatrixImage *matrix = &t.slice_of(m, 1)->recurrent;
         uint8_t *end = t.image_of(m, 1) + matrix->pointer_offset +
                        uint64_t{matrix->pointer_bytes} * matrix->n_sources;
         (*end)--;
         matrix->n_weights--;
     },
     "weight-once", false},
    {"WeightDuplicated", 'e',
     [](Mutations &t, Mapping *m) {
         MatrixImage *matrix = &t.slice_of(m, 1)->recurrent;
         uint8_t *weight = t.image_of(m, 1) + matrix->weight_offset;
         uint8_t *index = t.image_of(m, 1) + matrix->index_offset;
         std::copy(weight, weight + 4, weight + 4);
         std::copy(index, index + matrix->index_bytes, index + matrix->index_bytes);
     },
     "weight-once", false},
    {"IndexOff", 'e',
     [](Mutations &t, Mapping *m) { t.image_of(m, 2)[t.slice_of(m, 2)->input.index_offset]++; },
     "weight-once", false},
    {"BiasChanged", 'e',
     [](Mutations &t, Mapping *m) {
         t.image_of(m, 1)[t.slice_of(m, 1)->recurrent_bias_offset + 5] ^= 4;
     },
     "weight-once", false},
    {"ThresholdChanged", 'e',
     [](Mutations &t, Mapping *m) { t.image_of(m, 4)[t.slice_of(m, 4)->threshold_offset] ^= 1; },
     "weight-once", false},
    {"UnitsChangePlaces", 'e',
     [](Mutations &, Mapping *m) {
         auto *unit_of = const_cast<uint32_t *>(m->program->layer[0].unit_of);
         std::swap(unit_of[0], unit_of[1]);
     },
     "weight-once", false},
    {"ProgramOfAnotherChip", 'e',
     [](Mutations &, Mapping *m) { const_cast<Program *>(m->program)->chip_hash++; }, "program",
     false},
    {"ProgramNeedsMoreThanTheCoreHas", 'e',
     [](Mutations &, Mapping *m) {
         const_cast<CoreProgram *>(m->program->core)[1].region_bytes[REGION_CODE] += 1 << 20;
     },
     "program", false},
    {"MarkerOfTheProgramLeadsElsewhere", 'e',
     [](Mutations &t, Mapping *m) {
         RouteEntry *entry = t.entry_of(m, m->slice[4].marker_key); // shared with the Program
         auto cores = t.cores_of(entry);
         cores.erase(cores.begin());
         t.lead_to(entry, cores);
     },
     "program", false},
};

TEST_F(Mutations, EachIsCaughtByTheProofThatCoversIt)
{
    for (const Mutation &row : MUTATION) {
        SCOPED_TRACE(row.name);
        test_chip_reset();
        mapping = row.on_mesh ? make_on_mesh(row.after) : make(row.after);
        ASSERT_EQ(mapping_check(arena, mapping, &err), STATUS_OK) << err.message;
        row.apply(*this, mapping);
        err = Err{};
        EXPECT_EQ(mapping_check(arena, mapping, &err), STATUS_INTERNAL);
        const std::string proof = std::string("proof ") + row.proof + ": ";
        EXPECT_EQ(std::string(err.message).rfind(proof, 0), 0u) << err.message;
    }
}

// No proof is there that no mutation tests.
TEST_F(Mutations, CoverAllProofs)
{
    std::set<std::string> proofs;
    for (const Mutation &row : MUTATION)
        proofs.insert(row.proof);
    EXPECT_EQ(proofs, (std::set<std::string>{"core-counts", "unit-once", "place", "index-width",
                                             "memory", "keys-apart", "delivery-once", "no-deadlock",
                                             "weight-once", "program"}));
    EXPECT_GE(sizeof MUTATION / sizeof MUTATION[0], 20u);
}

} // namespace

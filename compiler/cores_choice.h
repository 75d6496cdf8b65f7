/* cores_choice.h - the search of pass_cores for groups of layers, their sizes, and formats with
 * them.
 */
#ifndef COMPILER_CORES_CHOICE_H
#define COMPILER_CORES_CHOICE_H

#include "format_plan.h"
#include "grouping.h"
#include "split.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    MAX_PLANS = 12, /* groupings kept of each search */
    MAX_CANDIDATES = MAX_PLANS * (MAX_FORMAT_PLANS + 1)
};

typedef struct Candidate {
    int32_t *formats;
    const Grouping *grouping;
    Estimate dealt; /* of the whole mapping, units dealt in earnest; while not is_dealt: none */
    bool is_dealt;
} Candidate;

typedef struct CandidateList { /* best first, of equals the first */
    uint32_t n;
    Candidate candidate[MAX_CANDIDATES];
} CandidateList;

typedef struct Choosing {
    Arena *scratch, *inner; /* inner: reset by every estimate */
    Mapping *mapping;
    bool share;
    bool any_table; /* see choice_slots */
    Grouping tried;
    GroupingList *groupings;
    uint32_t *least; /* [n_layers] cores that hold each layer alone                */
    uint64_t total;  /* their sum; 0: not known                                */
    uint32_t limit;  /* slots of layers that stand alone                       */
} Choosing;

/* choice_slots - slots that slices may take: each slice needs two entries in the router's table,
 * and the host's input two. any_table: tables are left to the tables pass, which makes them
 * small; each of many routers only holds what passes it. */
uint32_t choice_slots(const Mapping *mapping, uint32_t slices_per_core, bool any_table);

/* choice_group_all - one group of all layers. choice_split_auto - may layers be grouped at will? */
void choice_group_all(Grouping *grouping, uint32_t n_layers);
bool choice_split_auto(const Mapping *mapping);

/* choice_limits - how few cores would do, for the formats that the Mapping has now.
 * choice_groupings - groupings tried with these formats: the best of them join the candidates. */
void choice_limits(Choosing *choosing);
void choice_groupings(Choosing *choosing, CandidateList *list);

/* choice_formats - the same groupings again in every format, and in the best mixture of formats
 * for the best. choice_take_best - of the candidates the one whose units, dealt in earnest, do
 * best; the first if none fits so. choice_take - a grouping as fields of the Mapping
 * (pass_cores.c). */
void choice_formats(Choosing *choosing, CandidateList *list);
void choice_take_best(Choosing *choosing, CandidateList *list);
void choice_take(Arena *scratch, Mapping *mapping, const Grouping *grouping);

#ifdef __cplusplus
}
#endif
#endif

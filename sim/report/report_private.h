/* report_private.h - what the files of the report share; see sim/report.h for what is public. */
#ifndef SIM_REPORT_PRIVATE_H
#define SIM_REPORT_PRIVATE_H

#include "base/json_out.h"
#include "base/yaml_doc.h"
#include "sim/report.h"

typedef enum MetricId {
#define X(ID, name, unit, meaning) METRIC_##ID,
    METRIC_LIST(X)
#undef X
        N_METRICS
} MetricId;

/* A metric under way: bounds and the least certain number behind it. */
typedef struct Estimate {
    double value, low, high;
    bool counted;
    SourceKind weakest;
    bool present;
} Estimate;

typedef struct ReportPrices {
    Estimate estimate[N_METRICS];
    uint32_t n_spreads;
    const ReportSpread *spread; /* [n_spreads] */
} ReportPrices;

/* report_energy - the ledger, what it is divided into, and its lines as the report has them. */
void report_energy(Arena *arena, const ReportInput *in, Report *report);

/* report_bound_side - where times are lower bounds, so is what grows with them; what falls with
 * them has upper ones: "at least: ", "at most: " or "". */
const char *report_bound_side(MetricId id, bool auto_point);

/* report_levels - what was at which operating point; nothing if all was at one. */
void report_levels(Arena *arena, const Chip *chip, const Trace *trace, Report *report);

/* report_plan - the floor plan of the chip. plan_write_json - "floor_plan" of report.json.
 * plan_read - Errors: INPUT. */
void report_plan(const Chip *chip, Report *report);
void plan_write_json(JsonOut *json, const ReportPlan *plan);
Status plan_read(Arena *arena, const YamlNode *root, ReportPlan *plan, Err *err);

/* report_layer_memory - add up what a layer stores. */
void report_layer_memory(const Program *program, uint32_t layer, ReportLayer *row);

/* report_price - fill all metrics but those of the network (MACs, density, activity, perplexity)
 * from the traces, the chip and what it answers to; `out` must be zero. cost: O(cores + links +
 * steps log steps) and O(numbers x (lines + outcomes)) a draw */
void report_price(Arena *arena, const ReportInput *in, ReportPrices *out);

/* Metric of each entry of ReportSpread.metric. */
extern const MetricId SPREAD_METRIC[N_SPREAD_METRICS];

#endif

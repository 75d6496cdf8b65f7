/* report_spread.h - the part of a report that says which numbers cause its intervals. */
#ifndef SIM_REPORT_SPREAD_H
#define SIM_REPORT_SPREAD_H

#include "base/json_out.h"
#include "base/yaml_doc.h"
#include "sim/report.h"

/* spread_write_json - "spread" of report.json. spread_read - Errors: INPUT. */
void spread_write_json(JsonOut *json, const Report *report);
Status spread_read(Arena *arena, const YamlNode *root, Report *report, Err *err);

/* spread_metric_name - of the metric that it is told of. */
const char *spread_metric_name(SpreadMetric metric);

/* spread_widest - the n numbers that spread a metric most, widest first, into out [n]; returns how
 * many spread it at all. Of equal ones the first wins. */
uint32_t spread_widest(const Report *report, SpreadMetric metric, uint32_t n,
                       const ReportSpread **out);

/* spread_text - the numbers that spread a metric most, with what each does; "" if none does. */
const char *spread_text(Arena *arena, const Report *report, SpreadMetric metric);

#endif

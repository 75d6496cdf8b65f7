/* report_chip.h - what a report says of the chip and of who holds what on it. */
#ifndef SIM_REPORT_CHIP_H
#define SIM_REPORT_CHIP_H

#include "base/json_out.h"
#include "base/yaml_doc.h"
#include "sim/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* report_numbers - all numbers of the chip description. */
void report_numbers(Arena *arena, const Chip *chip, Report *report);

/* report_mapping_hash - of which core holds which units of which layer: unlike the program's hash
 * the same whatever the weights are and whatever anything costs. cost: O(units) */
uint64_t report_mapping_hash(const Program *program);

/* numbers_write_json - "chip_numbers" of report.json. numbers_read - Errors: INPUT. */
void numbers_write_json(JsonOut *json, const Report *report);
Status numbers_read(Arena *arena, const YamlNode *root, Report *report, Err *err);

#ifdef __cplusplus
}
#endif
#endif

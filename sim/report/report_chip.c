/* report_chip.c - what a report says of the chip and of who holds what on it.
 *
 * A report names its chip by a hash; which number of two chips differs, only the numbers tell, and
 * the chip's file may be gone when somebody asks. So all of them stand in report.json, a line each.
 * Cost: O(numbers + units).
 */
#include "report_chip.h"

#include "base/hash.h"

static const double MOST = 1e300;

void report_numbers(Arena *arena, const Chip *chip, Report *report)
{
    const NamedCost *named;

    report->n_numbers = chip_numbers(arena, chip, &named);
    ReportNumber *number = ARENA_ARRAY(arena, ReportNumber, report->n_numbers);
    for (uint32_t i = 0; i < report->n_numbers; i++) {
        const Cost *cost = named[i].cost;
        number[i] = (ReportNumber){named[i].key, named[i].unit, cost->value,
                                   cost->low,    cost->high,    cost->source_kind};
    }
    report->number = number;
}

static uint64_t hash_slice(uint64_t hash, const Program *program, const SliceProgram *slice)
{
    const ProgramLayer *layer = &program->layer[slice->layer];

    hash = hash_u64(hash_u64(hash, slice->layer), slice->n_units);
    for (uint32_t p = slice->first_position; p < slice->first_position + slice->n_units; p++)
        hash = hash_u64(hash, layer->unit_of == NULL ? p : layer->unit_of[p]); /* `egret count` */
    return hash;
}

uint64_t report_mapping_hash(const Program *program)
{
    uint64_t hash = HASH_START;

    for (uint32_t i = 0; i < program->n_cores; i++) {
        const CoreProgram *core = &program->core[i];
        hash = hash_u64(hash_u64(hash, core->core), core->n_slices);
        for (uint32_t s = 0; s < core->n_slices; s++)
            hash = hash_slice(hash, program, &core->slice[s]);
    }
    return hash;
}

void numbers_write_json(JsonOut *json, const Report *report)
{
    json_list(json, "chip_numbers", false);
    for (uint32_t i = 0; i < report->n_numbers; i++) {
        const ReportNumber *number = &report->number[i];
        json_object(json, NULL, true);
        json_text(json, "key", number->key);
        json_text(json, "unit", number->unit);
        json_real(json, "value", number->value);
        json_real(json, "low", number->low);
        json_real(json, "high", number->high);
        json_text(json, "kind", source_kind_name(number->kind));
        json_close(json);
    }
    json_close(json);
}

static Status read_one(const YamlNode *map, ReportNumber *number, Err *err)
{
    static const char *const names[] = {"key", "unit", "value", "low", "high", "kind"};
    static const char *const kinds[] = {"measured", "datasheet", "derived", "guess"};
    unsigned kind;

    if (map->kind != YAML_MAP)
        return yaml_fail(map, err, "not a map; expected a number of the chip");
    TRY(yaml_only(map, names, sizeof names / sizeof names[0], err));
    TRY(yaml_text(map, "key", &number->key, err));
    TRY(yaml_text(map, "unit", &number->unit, err));
    TRY(yaml_real(map, "value", -MOST, MOST, &number->value, err));
    TRY(yaml_real(map, "low", -MOST, MOST, &number->low, err));
    TRY(yaml_real(map, "high", -MOST, MOST, &number->high, err));
    TRY(yaml_choice(map, "kind", kinds, sizeof kinds / sizeof kinds[0], &kind, err));
    number->kind = (SourceKind)kind;
    return STATUS_OK;
}

Status numbers_read(Arena *arena, const YamlNode *root, Report *report, Err *err)
{
    const YamlNode *list;

    TRY(yaml_need(root, "chip_numbers", YAML_LIST, &list, err));
    ReportNumber *number = ARENA_ARRAY(arena, ReportNumber, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++)
        TRY(read_one(list->item[i], &number[i], err));
    report->n_numbers = list->n_items;
    report->number = number;
    return STATUS_OK;
}

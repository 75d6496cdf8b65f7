/* sweep_plan_files.c - a plan as files, and back.
 *
 *   plan.csv    a line a point: its number, the keys that vary, a checksum of these
 *   plan.json   the other keys, the number of points, the folder of relative paths, hashes
 *   sweep.yaml  SWEEP.yaml, byte for byte
 *
 * What was damaged is found: a line of plan.csv by its checksum, sweep.yaml by its hash in
 * plan.json, that file by its own, and all of them together by the hash of the plan.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/csv_table.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/json_out.h"
#include "base/utf8.h"
#include "base/yaml_doc.h"
#include "sweep.h"
#include "sweep_design.h"

enum { FORMAT_VERSION = 1, HASH_BYTES = 17 };

static const char *const JSON_KEY[] = {"format",     "version",   "file",   "folder",
                                       "points",     "left_out",  "varied", "same",
                                       "sweep_hash", "plan_hash", "check"};

/* What stands in plan.json. */
typedef struct PlanHead {
    const char *file, *folder;
    uint32_t n_points, n_keys, n_varied;
    uint64_t n_left_out;
    const char **key;   /* [n_keys]                              */
    const char **value; /* [n_keys] of those behind n_varied     */
    const char *sweep_hash, *plan_hash;
} PlanHead;

/* ---- checksums -------------------- */

typedef struct CheckText {
    char text[HASH_BYTES];
} CheckText;

static CheckText hash_16(uint64_t hash)
{
    CheckText out;
    snprintf(out.text, sizeof out.text, "%016" PRIx64, hash);
    return out;
}

/* Half of the hash is enough for a line. */
static CheckText hash_8(uint64_t hash)
{
    CheckText out;
    snprintf(out.text, sizeof out.text, "%08" PRIx32, (uint32_t)(hash ^ hash >> 32));
    return out;
}

/* Over all that plan.json says but for its own checksum. */
static uint64_t hash_head(const PlanHead *head)
{
    uint64_t hash = hash_text(hash_text(HASH_START, head->file), head->folder);

    hash = hash_u64(hash_u64(hash, head->n_points), head->n_left_out);
    hash = hash_u64(hash_u64(hash, head->n_keys), head->n_varied);
    for (uint32_t k = 0; k < head->n_keys; k++)
        hash = hash_text(hash, head->key[k]);
    for (uint32_t k = head->n_varied; k < head->n_keys; k++)
        hash = hash_text(hash, head->value[k]);
    return hash_text(hash_text(hash, head->sweep_hash), head->plan_hash);
}

/* ---- write -------------------- */

static void write_csv(const Plan *plan, FILE *stream)
{
    fputs("point", stream);
    for (uint32_t k = 0; k < plan->n_varied; k++) {
        fputc(',', stream);
        csv_write_text(stream, plan->key[k].name);
    }
    fputs(",check\n", stream);
    for (uint32_t point = 0; point < plan->n_points; point++) {
        uint64_t hash = hash_u64(HASH_START, point);
        fprintf(stream, "%" PRIu32 ",", point);
        for (uint32_t k = 0; k < plan->n_varied; k++) {
            const char *value = plan_value(plan, point, k);
            csv_write_text(stream, value);
            fputc(',', stream);
            hash = hash_text(hash, value);
        }
        fprintf(stream, "%s\n", hash_8(hash).text);
    }
}

static void write_json(const Plan *plan, FILE *stream)
{
    const Sweep *sweep = plan->sweep;
    const CheckText sweep_hash = hash_16(hash_text(HASH_START, sweep->text));
    const CheckText plan_hash = hash_16(plan->hash);
    Arena *scratch = arena_new();
    const PlanHead head = {.file = sweep->file,
                           .folder = sweep->folder,
                           .n_points = plan->n_points,
                           .n_keys = plan->n_keys,
                           .n_varied = plan->n_varied,
                           .n_left_out = plan->n_left_out,
                           .key = ARENA_ARRAY(scratch, const char *, plan->n_keys),
                           .value = ARENA_ARRAY(scratch, const char *, plan->n_keys),
                           .sweep_hash = sweep_hash.text,
                           .plan_hash = plan_hash.text};
    JsonOut json;

    for (uint32_t k = 0; k < plan->n_keys; k++) {
        head.key[k] = plan->key[k].name;
        head.value[k] = plan_value(plan, 0, k);
    }
    json_begin(&json, stream);
    json_object(&json, NULL, false);
    json_text(&json, "format", "egret-plan");
    json_u64(&json, "version", FORMAT_VERSION);
    json_text(&json, "file", head.file);
    json_text(&json, "folder", head.folder);
    json_u64(&json, "points", head.n_points);
    json_u64(&json, "left_out", head.n_left_out);
    json_list(&json, "varied", false);
    for (uint32_t k = 0; k < head.n_varied; k++)
        json_text(&json, NULL, head.key[k]);
    json_close(&json);
    json_object(&json, "same", false);
    for (uint32_t k = head.n_varied; k < head.n_keys; k++)
        json_text(&json, head.key[k], head.value[k]);
    json_close(&json);
    json_text(&json, "sweep_hash", head.sweep_hash);
    json_text(&json, "plan_hash", head.plan_hash);
    json_text(&json, "check", hash_16(hash_head(&head)).text);
    json_close(&json);
    json_end(&json);
    arena_free(scratch);
}

static void write_sweep(const Plan *plan, FILE *stream)
{
    fputs(plan->sweep->text, stream);
}

static Status write_file(Arena *arena, const Plan *plan, const char *path,
                         void (*write)(const Plan *plan, FILE *stream), Err *err)
{
    FileWriter *writer;

    TRY(file_write_begin(arena, path, &writer, err));
    write(plan, file_write_stream(writer));
    return file_write_commit(writer, err);
}

static bool is_utf8(const char *text)
{
    return utf8_valid(text, strlen(text)) == strlen(text);
}

Status plan_save(Arena *arena, const Plan *plan, const char *folder, Err *err)
{
    if (!is_utf8(plan->sweep->file) || !is_utf8(plan->sweep->folder))
        return err_set(err, STATUS_INPUT, "%s: a path that is no UTF-8; expected one that is",
                       plan->sweep->file);
    TRY(file_make_folder(folder, NULL, err));
    TRY(write_file(arena, plan, file_join(arena, folder, "sweep.yaml"), write_sweep, err));
    TRY(write_file(arena, plan, file_join(arena, folder, "plan.csv"), write_csv, err));
    /* Last: where it is, the others are. */
    return write_file(arena, plan, file_join(arena, folder, "plan.json"), write_json, err);
}

/* ---- read -------------------- */

/* Names of all keys, and values of those that are the same in all points. */
static Status read_keys(Arena *arena, const YamlNode *root, PlanHead *head, Err *err)
{
    const YamlNode *varied, *same;
    SweepKey key;

    TRY(yaml_need(root, "varied", YAML_LIST, &varied, err));
    TRY(yaml_need(root, "same", YAML_MAP, &same, err));
    head->n_varied = varied->n_items;
    head->n_keys = varied->n_items + same->n_items;
    head->key = ARENA_ARRAY(arena, const char *, head->n_keys);
    head->value = ARENA_ARRAY(arena, const char *, head->n_keys);
    for (uint32_t k = 0; k < head->n_keys; k++) {
        const bool is_varied = k < head->n_varied;
        const uint32_t i = is_varied ? k : k - head->n_varied;
        const YamlNode *node = is_varied ? varied->item[i] : same->item[i];
        TRY(yaml_as_text(node, &head->value[k], err));
        head->key[k] = is_varied ? head->value[k] : same->key[i];
        if (!sweep_key_parse(arena, head->key[k], &key))
            return yaml_fail(node, err, "'%s' is no key of a sweep; expected one", head->key[k]);
    }
    return STATUS_OK;
}

static Status read_head(Arena *arena, const char *path, PlanHead *head, Err *err)
{
    static const char *const formats[] = {"egret-plan"};
    YamlNode *root;
    const YamlNode *check;
    unsigned format;
    uint32_t version;

    TRY(yaml_load(arena, path, &root, err));
    TRY(yaml_choice(root, "format", formats, N_OF(formats), &format, err));
    TRY(yaml_u32(root, "version", FORMAT_VERSION, FORMAT_VERSION, &version, err));
    TRY(yaml_only(root, JSON_KEY, N_OF(JSON_KEY), err));
    TRY(yaml_text(root, "file", &head->file, err));
    TRY(yaml_text(root, "folder", &head->folder, err));
    TRY(yaml_u32(root, "points", 1, SWEEP_MAX_POINTS, &head->n_points, err));
    TRY(yaml_u64(root, "left_out", 0, UINT64_MAX, &head->n_left_out, err));
    TRY(read_keys(arena, root, head, err));
    TRY(yaml_text(root, "sweep_hash", &head->sweep_hash, err));
    TRY(yaml_text(root, "plan_hash", &head->plan_hash, err));
    TRY(yaml_need(root, "check", YAML_SCALAR, &check, err));
    if (strcmp(hash_16(hash_head(head)).text, check->text) == 0)
        return STATUS_OK;
    return yaml_fail(check, err,
                     "'%s' does not belong to the rest of the file (is it damaged?); expected %s",
                     check->text, hash_16(hash_head(head)).text);
}

/* sweep.yaml; its hash first, so that a change is told as such. */
static Status read_sweep(Arena *arena, const char *folder, const PlanHead *head, const Sweep **out,
                         Err *err)
{
    const char *path = file_join(arena, folder, "sweep.yaml");
    FileBytes file;

    TRY(file_read(arena, path, YAML_MAX_BYTES, &file, err));
    const char *text = (const char *)file.bytes;
    if (strcmp(hash_16(hash_text(HASH_START, text)).text, head->sweep_hash) != 0 ||
        strlen(text) != file.n_bytes)
        return err_set(err, STATUS_INPUT,
                       "%s:1:1: not the text that the plan was made from; expected it unchanged",
                       path);
    const SweepSource source = {head->file, head->folder};
    return sweep_parse(arena, source, text, file.n_bytes, out, err);
}

static Status check_columns(const CsvTable *table, const PlanHead *head, Err *err)
{
    const uint32_t n_varied = head->n_varied;

    if (table->n_columns != n_varied + 2)
        return err_set(err, STATUS_INPUT, "%s:1:1: %u columns; expected %u: point, keys, check",
                       table->file, table->n_columns, n_varied + 2);
    for (uint32_t c = 0; c < table->n_columns; c++) {
        const char *expected = c == 0 ? "point" : c == n_varied + 1 ? "check" : head->key[c - 1];
        if (strcmp(table->column[c], expected) != 0)
            return err_set(err, STATUS_INPUT, "%s:1:1: column '%s'; expected '%s' as number %u",
                           table->file, table->column[c], expected, c + 1);
    }
    if (table->n_rows != head->n_points)
        return err_set(err, STATUS_INPUT, "%s:%u:1: %u points; expected %u, as plan.json says",
                       table->file, table->n_rows + 1, table->n_rows, head->n_points);
    return STATUS_OK;
}

static Status read_point(const CsvTable *table, uint32_t row, const char **value, Err *err)
{
    const uint32_t last = table->n_columns - 1;
    uint64_t point, hash = hash_u64(HASH_START, row);

    TRY(csv_u64(table, row, 0, NULL, &point, err));
    if (point != row)
        return csv_fail(table, row, 0, err, "%" PRIu64 " stands here; expected %u", point, row);
    for (uint32_t c = 1; c < last; c++) {
        value[c - 1] = csv_text(table, row, c);
        hash = hash_text(hash, value[c - 1]);
    }
    if (strcmp(hash_8(hash).text, csv_text(table, row, last)) != 0)
        return csv_fail(table, row, last, err,
                        "'%s' does not belong to this line (is it damaged?); expected %s",
                        csv_text(table, row, last), hash_8(hash).text);
    return STATUS_OK;
}

/* Points into the maker. The table goes when they are read. */
static Status read_points(const char *path, const PlanHead *head, PlanMaker *maker, Err *err)
{
    Arena *scratch = arena_new();
    const CsvTable *table;
    Status status = csv_load(scratch, path, &table, err);

    if (status == STATUS_OK)
        status = check_columns(table, head, err);
    if (status == STATUS_OK)
        plan_expect(maker, head->n_points);
    for (uint32_t row = 0; status == STATUS_OK && row < table->n_rows; row++) {
        status = read_point(table, row, head->value, err);
        if (status == STATUS_OK)
            plan_add(maker, head->value);
    }
    arena_free(scratch);
    return status;
}

Status plan_load(Arena *arena, const char *folder, const Plan **out, Err *err)
{
    const char *head_path = file_join(arena, folder, "plan.json");
    PlanHead head = {0};
    const Sweep *sweep;
    PlanMaker *maker;

    *out = NULL;
    TRY(read_head(arena, head_path, &head, err));
    TRY(read_sweep(arena, folder, &head, &sweep, err));
    TRY(plan_begin(arena, sweep, head.key, head.n_keys, head.n_varied, &maker, err));
    TRY(read_points(file_join(arena, folder, "plan.csv"), &head, maker, err));
    const Plan *plan = plan_finish(maker, head.n_left_out);
    if (strcmp(hash_16(plan->hash).text, head.plan_hash) != 0)
        return err_set(err, STATUS_INPUT,
                       "%s:1:1: a plan of hash %s; expected that of the files beside it, %s",
                       head_path, head.plan_hash, hash_16(plan->hash).text);
    *out = plan;
    return STATUS_OK;
}

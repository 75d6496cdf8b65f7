/* yaml_doc.c - from bytes to a tree of nodes, by way of libyaml's events.
 *
 * libyaml splits the text into events; all else is ours: which parts of YAML are allowed (see
 * yaml_doc.h), where each node stands, and how much a file may ask for. Size, nesting, number of
 * nodes and length of keys are bounded, so time and memory are linear in the file; depth is checked
 * at each opening event: libyaml's own time grows with the square of it, but it looks ahead by only
 * 1024 characters, so a file of nothing but brackets is refused at once.
 * A key that stands twice in a map is found by sorting the keys.
 */
#include "base/yaml_doc.h"

#include <stdlib.h>
#include <string.h>

#include <yaml.h>

#include "base/check.h"
#include "base/file.h"
#include "base/utf8.h"

enum { MAX_NODES = 100000, MAX_KEY_BYTES = 100 };

typedef struct Entry {
    const char *key; /* NULL in a list */
    uint32_t line, column;
    YamlNode *node;
} Entry;

typedef struct Entries {
    uint32_t n, capacity;
    Entry *entry;
} Entries;

typedef struct Reader {
    yaml_parser_t parser;
    yaml_event_t event; /* the current one */
    Arena *arena, *scratch;
    const char *file;
    const char *text;
    size_t n_bytes;
    uint32_t n_nodes;
    Err *err;
} Reader;

static uint32_t line_of(yaml_mark_t mark)
{
    return (uint32_t)mark.line + 1;
}

static uint32_t column_of(yaml_mark_t mark)
{
    return (uint32_t)mark.column + 1;
}

/* INPUT error at the current event. */
static Status fail_here(Reader *reader, const char *path, const char *what)
{
    yaml_mark_t mark = reader->event.start_mark;
    return err_set(reader->err, STATUS_INPUT, "%s:%u:%u: %s%s%s", reader->file, line_of(mark),
                   column_of(mark), path, path[0] == 0 ? "" : ": ", what);
}

static Status fail_syntax(Reader *reader)
{
    const yaml_parser_t *parser = &reader->parser;
    if (parser->error == YAML_MEMORY_ERROR)
        return err_set(reader->err, STATUS_IO, "%s: cannot read: out of memory", reader->file);
    const char *problem = parser->problem != NULL ? parser->problem : "unknown problem";
    size_t at = parser->problem_mark.index;
    if (at < reader->n_bytes && reader->text[at] == '\t')
        problem = "a tab stands here; expected spaces";
    return err_set(reader->err, STATUS_INPUT, "%s:%u:%u: not valid YAML: %s%s%s", reader->file,
                   line_of(parser->problem_mark), column_of(parser->problem_mark), problem,
                   parser->context != NULL ? ", " : "",
                   parser->context != NULL ? parser->context : "");
}

/* Replace the current event by the next one. */
static Status next_event(Reader *reader)
{
    yaml_event_delete(&reader->event);
    if (!yaml_parser_parse(&reader->parser, &reader->event)) {
        memset(&reader->event, 0, sizeof reader->event);
        return fail_syntax(reader);
    }
    return STATUS_OK;
}

static void push(Arena *scratch, Entries *entries, Entry entry)
{
    if (entries->n == entries->capacity) {
        uint32_t capacity = entries->capacity == 0 ? 8 : 2 * entries->capacity;
        Entry *larger = ARENA_ARRAY(scratch, Entry, capacity);
        if (entries->n > 0)
            memcpy(larger, entries->entry, entries->n * sizeof *larger);
        entries->entry = larger;
        entries->capacity = capacity;
    }
    entries->entry[entries->n++] = entry;
}

static int by_key_then_place(const void *a, const void *b)
{
    const Entry *first = a, *second = b;
    int order = strcmp(first->key, second->key);
    if (order != 0)
        return order;
    if (first->line != second->line)
        return first->line < second->line ? -1 : 1;
    return first->column < second->column ? -1 : first->column > second->column;
}

/* Reports the repetition that stands first in the file. */
static Status refuse_duplicates(Reader *reader, const Entries *entries, const char *path)
{
    if (entries->n < 2)
        return STATUS_OK;
    Entry *sorted = ARENA_ARRAY(reader->scratch, Entry, entries->n);
    memcpy(sorted, entries->entry, entries->n * sizeof *sorted);
    qsort(sorted, entries->n, sizeof *sorted, by_key_then_place);
    const Entry *former = NULL, *again = NULL;
    for (uint32_t i = 1; i < entries->n; i++) {
        const Entry *at = &sorted[i];
        if (strcmp(at->key, sorted[i - 1].key) != 0)
            continue;
        if (again == NULL || at->line < again->line ||
            (at->line == again->line && at->column < again->column)) {
            former = &sorted[i - 1];
            again = at;
        }
    }
    if (again == NULL)
        return STATUS_OK;
    return err_set(reader->err, STATUS_INPUT,
                   "%s:%u:%u: %s%skey '%s' stands twice, first in line %u; expected it once",
                   reader->file, again->line, again->column, path, path[0] == 0 ? "" : ": ",
                   again->key, former->line);
}

static void store_entries(Arena *arena, YamlNode *node, const Entries *entries)
{
    node->n_items = entries->n;
    node->item = ARENA_ARRAY(arena, YamlNode *, entries->n);
    bool is_map = node->kind == YAML_MAP;
    if (is_map) {
        node->key = ARENA_ARRAY(arena, const char *, entries->n);
        node->key_line = ARENA_ARRAY(arena, uint32_t, entries->n);
        node->key_column = ARENA_ARRAY(arena, uint32_t, entries->n);
    }
    for (uint32_t i = 0; i < entries->n; i++) {
        node->item[i] = entries->entry[i].node;
        if (!is_map)
            continue;
        node->key[i] = entries->entry[i].key;
        node->key_line[i] = entries->entry[i].line;
        node->key_column[i] = entries->entry[i].column;
    }
}

static Status read_node(Reader *reader, const char *path, int depth, YamlNode **out);

static Status read_list(Reader *reader, const char *path, int depth, YamlNode *node)
{
    Entries entries = {0};
    for (;;) {
        TRY(next_event(reader));
        if (reader->event.type == YAML_SEQUENCE_END_EVENT)
            break;
        Entry entry = {0};
        const char *item_path = arena_printf(reader->arena, "%s[%u]", path, entries.n);
        TRY(read_node(reader, item_path, depth + 1, &entry.node));
        push(reader->scratch, &entries, entry);
    }
    store_entries(reader->arena, node, &entries);
    return STATUS_OK;
}

/* The current event must be a key: a plain or quoted scalar. */
static Status read_key(Reader *reader, const char *path, Entry *entry)
{
    const yaml_event_t *event = &reader->event;
    if (event->type != YAML_SCALAR_EVENT)
        return fail_here(reader, path, "the key is not a word; expected 'key: value'");
    if (event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL)
        return fail_here(reader, path, "an anchor or tag stands here; expected a plain key");
    if (event->data.scalar.length == 0)
        return fail_here(reader, path, "the key is empty; expected 'key: value'");
    if (event->data.scalar.length > MAX_KEY_BYTES)
        return fail_here(reader, path, "the key is too long; expected at most 100 bytes");
    if (memchr(event->data.scalar.value, 0, event->data.scalar.length) != NULL)
        return fail_here(reader, path, "the key holds a NUL character; expected text");
    entry->key = arena_text(reader->arena, (const char *)event->data.scalar.value,
                            event->data.scalar.length);
    entry->line = line_of(event->start_mark);
    entry->column = column_of(event->start_mark);
    return STATUS_OK;
}

static Status read_map(Reader *reader, const char *path, int depth, YamlNode *node)
{
    Entries entries = {0};
    for (;;) {
        TRY(next_event(reader));
        if (reader->event.type == YAML_MAPPING_END_EVENT)
            break;
        Entry entry = {0};
        TRY(read_key(reader, path, &entry));
        TRY(next_event(reader));
        const char *item_path =
            arena_printf(reader->arena, "%s%s%s", path, path[0] == 0 ? "" : ".", entry.key);
        TRY(read_node(reader, item_path, depth + 1, &entry.node));
        push(reader->scratch, &entries, entry);
    }
    TRY(refuse_duplicates(reader, &entries, path));
    store_entries(reader->arena, node, &entries);
    return STATUS_OK;
}

static Status read_scalar(Reader *reader, const char *path, YamlNode *node)
{
    const yaml_event_t *event = &reader->event;
    if (memchr(event->data.scalar.value, 0, event->data.scalar.length) != NULL)
        return fail_here(reader, path, "the text holds a NUL character; expected text without");
    node->text = arena_text(reader->arena, (const char *)event->data.scalar.value,
                            event->data.scalar.length);
    node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
    return STATUS_OK;
}

static bool has_anchor_or_tag(const yaml_event_t *event)
{
    if (event->type == YAML_SCALAR_EVENT)
        return event->data.scalar.anchor != NULL || event->data.scalar.tag != NULL;
    if (event->type == YAML_SEQUENCE_START_EVENT)
        return event->data.sequence_start.anchor != NULL || event->data.sequence_start.tag != NULL;
    if (event->type == YAML_MAPPING_START_EVENT)
        return event->data.mapping_start.anchor != NULL || event->data.mapping_start.tag != NULL;
    return event->type == YAML_ALIAS_EVENT;
}

/* The node that starts with the current event; ends on its last event. */
static Status read_node(Reader *reader, const char *path, int depth, YamlNode **out)
{
    const yaml_event_t *event = &reader->event;
    if (has_anchor_or_tag(event))
        return fail_here(reader, path, "an anchor, alias or tag stands here; expected a value");
    if (depth > YAML_MAX_DEPTH)
        return fail_here(reader, path, "nested too deeply; expected at most 16 levels");
    if (++reader->n_nodes > MAX_NODES)
        return fail_here(reader, path, "too many values; expected at most 100000 in a file");
    YamlNode *node = ARENA_ARRAY(reader->arena, YamlNode, 1);
    node->file = reader->file;
    node->path = path;
    node->line = line_of(event->start_mark);
    node->column = column_of(event->start_mark);
    *out = node;
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        node->kind = YAML_SCALAR;
        return read_scalar(reader, path, node);
    case YAML_SEQUENCE_START_EVENT:
        node->kind = YAML_LIST;
        return read_list(reader, path, depth, node);
    case YAML_MAPPING_START_EVENT:
        node->kind = YAML_MAP;
        return read_map(reader, path, depth, node);
    default:
        return fail_here(reader, path, "no value stands here; expected one");
    }
}

static Status read_document(Reader *reader, YamlNode **out)
{
    TRY(next_event(reader)); /* start of the stream */
    TRY(next_event(reader));
    if (reader->event.type == YAML_STREAM_END_EVENT)
        return err_set(reader->err, STATUS_INPUT,
                       "%s:1:1: the file is empty; expected 'key: value'", reader->file);
    TRY(next_event(reader)); /* past the start of the document */
    TRY(read_node(reader, "", 1, out));
    TRY(next_event(reader)); /* end of the document */
    TRY(next_event(reader));
    if (reader->event.type != YAML_STREAM_END_EVENT)
        return fail_here(reader, "", "a second document starts here; expected one document");
    return STATUS_OK;
}

/* What libyaml would take to mean another encoding, or report without a line. */
static Status check_bytes(const char *name, const char *text, size_t n_bytes, Err *err)
{
    if (n_bytes > YAML_MAX_BYTES)
        return err_set(err, STATUS_INPUT, "%s: has %zu bytes; expected at most %d", name, n_bytes,
                       (int)YAML_MAX_BYTES);
    const char *nul = n_bytes > 0 ? memchr(text, 0, n_bytes) : NULL;
    size_t bad = utf8_valid(text, nul != NULL ? (size_t)(nul - text) : n_bytes);
    if (bad == n_bytes)
        return STATUS_OK;
    unsigned line = 1, column = 1;
    for (size_t i = 0; i < bad; i += utf8_length(text + i, bad - i)) {
        column = text[i] == '\n' ? 1 : column + 1;
        line += text[i] == '\n';
    }
    return err_set(err, STATUS_INPUT, "%s:%u:%u: byte 0x%02x is not text; expected UTF-8", name,
                   line, column, (unsigned)(unsigned char)text[bad]);
}

Status yaml_parse(Arena *arena, const char *name, const char *text, size_t n_bytes, YamlNode **out,
                  Err *err)
{
    *out = NULL;
    TRY(check_bytes(name, text, n_bytes, err));
    Reader reader = {.arena = arena, .text = text, .n_bytes = n_bytes, .err = err};
    reader.file = arena_text(arena, name, strlen(name));
    if (!yaml_parser_initialize(&reader.parser))
        return err_set(err, STATUS_IO, "%s: cannot read: out of memory", name);
    reader.scratch = arena_new();
    yaml_parser_set_encoding(&reader.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reader.parser, (const unsigned char *)text, n_bytes);
    YamlNode *root = NULL;
    Status status = read_document(&reader, &root);
    yaml_event_delete(&reader.event);
    yaml_parser_delete(&reader.parser);
    arena_free(reader.scratch);
    if (status == STATUS_OK)
        *out = root;
    return status;
}

Status yaml_load(Arena *arena, const char *path, YamlNode **out, Err *err)
{
    *out = NULL;
    FileBytes file;
    TRY(file_read(arena, path, YAML_MAX_BYTES, &file, err));
    return yaml_parse(arena, path, (const char *)file.bytes, file.n_bytes, out, err);
}

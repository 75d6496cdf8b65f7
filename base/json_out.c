/* json_out.c - JSON text, key by key, straight to a stream (RFC 8259).
 *
 * State is a stack of open objects and lists. Text that is not valid UTF-8 (a path may be anything)
 * is written with U+FFFD in place of the bad bytes. Errors of the stream are sticky in it.
 */
#include "base/json_out.h"

#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/number_text.h"
#include "base/utf8.h"

static void indent(const JsonOut *json)
{
    fprintf(json->stream, "\n%*s", 2 * json->depth, "");
}

static void write_text(FILE *stream, const char *text)
{
    size_t n = strlen(text);
    fputc('"', stream);
    for (size_t at = 0; at < n;) {
        size_t length = utf8_length(text + at, n - at);
        unsigned char first = (unsigned char)text[at];
        if (length == 0)
            fputs("\xef\xbf\xbd", stream);
        else if (first == '"' || first == '\\')
            fprintf(stream, "\\%c", first);
        else if (first < 0x20 || first == 0x7f)
            fprintf(stream, "\\u%04x", (unsigned)first);
        else
            fwrite(text + at, 1, length, stream);
        at += length == 0 ? 1 : length;
    }
    fputc('"', stream);
}

/* Comma, line break and key before an item. */
static void begin_item(JsonOut *json, const char *key)
{
    int depth = json->depth;
    if (depth == 0) {
        CHECK(key == NULL && !json->filled[0]);
        json->filled[0] = true;
        return;
    }
    CHECK(json->list[depth] == (key == NULL));
    if (json->filled[depth])
        fputs(json->compact[depth] ? ", " : ",", json->stream);
    if (!json->compact[depth])
        indent(json);
    json->filled[depth] = true;
    if (key != NULL) {
        write_text(json->stream, key);
        fputs(": ", json->stream);
    }
}

static void open_level(JsonOut *json, const char *key, bool compact, bool list)
{
    begin_item(json, key);
    CHECK(json->depth < JSON_MAX_DEPTH);
    bool inherited = json->depth > 0 && json->compact[json->depth];
    json->depth++;
    json->compact[json->depth] = compact || inherited;
    json->filled[json->depth] = false;
    json->list[json->depth] = list;
    fputc(list ? '[' : '{', json->stream);
}

void json_begin(JsonOut *json, FILE *stream)
{
    memset(json, 0, sizeof *json);
    json->stream = stream;
}

void json_object(JsonOut *json, const char *key, bool compact)
{
    open_level(json, key, compact, false);
}

void json_list(JsonOut *json, const char *key, bool compact)
{
    open_level(json, key, compact, true);
}

void json_close(JsonOut *json)
{
    CHECK(json->depth > 0);
    int closing = json->depth;
    json->depth--;
    if (json->filled[closing] && !json->compact[closing])
        indent(json);
    fputc(json->list[closing] ? ']' : '}', json->stream);
}

void json_text(JsonOut *json, const char *key, const char *value)
{
    begin_item(json, key);
    write_text(json->stream, value);
}

void json_u64(JsonOut *json, const char *key, uint64_t value)
{
    begin_item(json, key);
    fprintf(json->stream, "%llu", (unsigned long long)value);
}

void json_real(JsonOut *json, const char *key, double value)
{
    begin_item(json, key);
    fputs(isfinite(value) ? real_exact(value).text : "null", json->stream);
}

void json_bool(JsonOut *json, const char *key, bool value)
{
    begin_item(json, key);
    fputs(value ? "true" : "false", json->stream);
}

void json_null(JsonOut *json, const char *key)
{
    begin_item(json, key);
    fputs("null", json->stream);
}

void json_end(JsonOut *json)
{
    CHECK(json->depth == 0 && json->filled[0]);
    fputc('\n', json->stream);
}

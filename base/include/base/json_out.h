/* json_out.h - write JSON to a stream, two spaces an indent, keys in the order of the calls.
 *
 * Misuse (a key in a list, an unclosed object) is a CHECK. Numbers are written so that reading them
 * gives the same double (shortest of %.15g and %.17g that does); NaN and infinity become null.
 */
#ifndef BASE_JSON_OUT_H
#define BASE_JSON_OUT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { JSON_MAX_DEPTH = 16 };

typedef struct JsonOut {
    FILE *stream;
    int depth;
    bool compact[JSON_MAX_DEPTH + 1]; /* this level goes on one line        */
    bool filled[JSON_MAX_DEPTH + 1];  /* an item has been written           */
    bool list[JSON_MAX_DEPTH + 1];
} JsonOut;

/* In a list, pass key = NULL. `json_list` with compact = true writes its items on one line. */
void json_begin(JsonOut *json, FILE *stream);
void json_object(JsonOut *json, const char *key, bool compact);
void json_list(JsonOut *json, const char *key, bool compact);
void json_close(JsonOut *json); /* closes the innermost object or list */
void json_text(JsonOut *json, const char *key, const char *value);
void json_u64(JsonOut *json, const char *key, uint64_t value);
void json_real(JsonOut *json, const char *key, double value);
void json_bool(JsonOut *json, const char *key, bool value);
void json_null(JsonOut *json, const char *key);
void json_end(JsonOut *json); /* final newline; checks that all is closed */

#ifdef __cplusplus
}
#endif
#endif

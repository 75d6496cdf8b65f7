/* expression.h - arithmetic over named numbers, as text: "total / max(cores, 1) <= 2^15".
 *
 *   or   and   not   < <= > >= == !=   + -   * / %   -x   ^        from loose to tight
 *   min max (two or more), floor ceil round sqrt log log2 exp abs (one)
 *
 * Numbers and truths are kept apart: `a < b < c`, `1 + (a < b)` and `not 3` are refused. Names are
 * letters, digits, _ and dots, not digits first. `and` and `or` leave their right side alone where
 * the left one tells. The same bits on every machine (real_math.h).
 */
#ifndef BASE_EXPRESSION_H
#define BASE_EXPRESSION_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { EXPRESSION_MAX_BYTES = 4096, EXPRESSION_MAX_DEPTH = 64 };

typedef struct Expression Expression;

/* expression_parse - `name` are those that it may use, each once. Errors: INPUT, "character 5: what
 * is wrong; what was expected"; characters count from 1. cost: O(bytes x names) */
Status expression_parse(Arena *arena, const char *text, const char *const *name, uint32_t n_names,
                        const Expression **out, Err *err);

/* expression_is_truth - else it is a number. expression_uses - does it read name i? */
bool expression_is_truth(const Expression *expression);
bool expression_uses(const Expression *expression, uint32_t name);

/* expression_value - with these values of the names: [n_names]; 1 or 0 of a truth. False, and *out
 * is 0, if anything on the way is no finite number: a division by 0, a root or logarithm of what
 * has none. cost: O(operations) */
bool expression_value(const Expression *expression, const double *value, double *out);

#ifdef __cplusplus
}
#endif
#endif

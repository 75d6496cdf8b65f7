/* expression.c - arithmetic over named numbers: text to steps of a stack machine.
 *
 * Recursive descent, a level of precedence a function, depth bounded; each level appends its steps
 * behind those of its operands, so evaluation is one pass over an array without recursion. What is
 * on the stack is known while parsing: its height, and whether the top is a number or a truth.
 * Right sides of `and` and `or` are jumped over.
 *
 * Cost: O(bytes) steps. Limits: EXPRESSION_MAX_BYTES, EXPRESSION_MAX_DEPTH.
 */
#include "base/expression.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/number_read.h"
#include "base/yaml_doc.h"
#include "expression_steps.h"

enum { WORD_BYTES = 128, WHAT_BYTES = 700 };

static const struct {
    const char *name;
    StepKind kind;
    uint32_t min, max;
} FUNCTION[] = {
#define X(NAME, name, min, max) {#name, STEP_##NAME, min, max},
    FUNCTION_LIST(X)
#undef X
};

enum { N_FUNCTIONS = sizeof FUNCTION / sizeof FUNCTION[0] };

/* ---- text to steps -------------------- */

typedef struct Parser {
    const char *text;
    size_t at;
    const char *const *name;
    uint32_t n_names;
    Step *step; /* [bytes of text + 1] */
    uint32_t n_steps;
    uint32_t depth, height; /* of the nesting, of the stack */
    bool is_truth;          /* the top of the stack         */
    Err *err;
} Parser;

static Status fail_at(const Parser *parser, size_t at, const char *format, ...)
#ifdef __GNUC__
    __attribute__((format(printf, 3, 4)))
#endif
    ;

static Status fail_at(const Parser *parser, size_t at, const char *format, ...)
{
    char what[WHAT_BYTES];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    return err_set(parser->err, STATUS_INPUT, "character %zu: %s", at + 1, what);
}

static void skip_blanks(Parser *parser)
{
    while (parser->text[parser->at] == ' ')
        parser->at++;
}

static bool is_name_byte(char c)
{
    return isalnum((unsigned char)c) != 0 || c == '_' || c == '.';
}

/* Bytes of the word here, 0 if there is none. */
static size_t word_length(const Parser *parser)
{
    const char *at = parser->text + parser->at;
    size_t n = 0;

    if (isalpha((unsigned char)*at) == 0 && *at != '_')
        return 0;
    while (is_name_byte(at[n]))
        n++;
    return n;
}

static bool take_word(Parser *parser, const char *word)
{
    skip_blanks(parser);
    const size_t n = word_length(parser);
    if (n != strlen(word) || memcmp(parser->text + parser->at, word, n) != 0)
        return false;
    parser->at += n;
    return true;
}

static bool take(Parser *parser, const char *sign)
{
    skip_blanks(parser);
    const size_t n = strlen(sign);
    if (strncmp(parser->text + parser->at, sign, n) != 0)
        return false;
    parser->at += n;
    return true;
}

/* There are fewer steps than bytes, since each comes from one of its own; but for min and max,
 * whose n - 1 steps come from commas. */
static Step *add_step(Parser *parser, StepKind kind)
{
    Step *step = &parser->step[parser->n_steps++];
    step->kind = kind;
    return step;
}

static Status push(Parser *parser, StepKind kind, Step **out)
{
    if (++parser->height > EXPRESSION_MAX_STACK)
        return fail_at(parser, parser->at, "too long; expected fewer operands that wait");
    parser->is_truth = false;
    *out = add_step(parser, kind);
    return STATUS_OK;
}

static Status need_type(const Parser *parser, bool truth, size_t at)
{
    if (parser->is_truth == truth)
        return STATUS_OK;
    return fail_at(parser, at,
                   truth ? "a number; expected something that is true or false"
                         : "something that is true or false; expected a number");
}

static Status read_or(Parser *parser);
static Status read_unary(Parser *parser);

static Status enter(Parser *parser)
{
    if (++parser->depth > EXPRESSION_MAX_DEPTH)
        return fail_at(parser, parser->at, "nested deeper than %d levels; expected fewer",
                       EXPRESSION_MAX_DEPTH);
    return STATUS_OK;
}

static Status need_close(Parser *parser)
{
    if (take(parser, ")"))
        return STATUS_OK;
    return fail_at(parser, parser->at, "expected )");
}

/* Behind the name of a function: its arguments. */
static Status read_call(Parser *parser, uint32_t function, size_t begin)
{
    uint32_t n = 0;

    if (!take(parser, "("))
        return fail_at(parser, parser->at, "expected ( behind the function %s",
                       FUNCTION[function].name);
    do {
        skip_blanks(parser);
        const size_t at = parser->at;
        TRY(read_or(parser));
        TRY(need_type(parser, false, at));
        if (++n > 1 && FUNCTION[function].max > 1) {
            parser->height--;
            add_step(parser, FUNCTION[function].kind);
        }
    } while (n < FUNCTION[function].max && take(parser, ","));
    if (n < FUNCTION[function].min)
        return fail_at(parser, begin, "%s of %u number; expected at least %u",
                       FUNCTION[function].name, n, FUNCTION[function].min);
    if (FUNCTION[function].max == 1)
        add_step(parser, FUNCTION[function].kind);
    return need_close(parser);
}

static Status fail_name(const Parser *parser, size_t at, const char *word)
{
    const char *nearest = yaml_nearest(word, parser->name, parser->n_names);

    if (nearest != NULL)
        return fail_at(parser, at, "unknown name '%s' (did you mean '%s'?)", word, nearest);
    return fail_at(parser, at, "unknown name '%s'; expected a number, a name or a function", word);
}

static Status read_word(Parser *parser, size_t n)
{
    const size_t begin = parser->at;
    char word[WORD_BYTES];
    Step *step = NULL;

    if (n >= sizeof word)
        return fail_at(parser, begin, "a name of %zu characters; expected fewer than %d", n,
                       WORD_BYTES);
    memcpy(word, parser->text + begin, n);
    word[n] = '\0';
    parser->at += n;
    for (uint32_t i = 0; i < N_FUNCTIONS; i++)
        if (strcmp(FUNCTION[i].name, word) == 0)
            return read_call(parser, i, begin);
    for (uint32_t i = 0; i < parser->n_names; i++) {
        if (strcmp(parser->name[i], word) != 0)
            continue;
        TRY(push(parser, STEP_NAME, &step));
        step->target = i;
        return STATUS_OK;
    }
    return fail_name(parser, begin, word);
}

/* Digits, a point, an exponent; what follows must be no part of a word. */
static Status read_number(Parser *parser)
{
    const char *at = parser->text + parser->at;
    size_t n = 0;
    char word[WORD_BYTES];
    Step *step = NULL;
    double number;

    while (is_name_byte(at[n]) ||
           ((at[n] == '+' || at[n] == '-') && n > 0 && (at[n - 1] == 'e' || at[n - 1] == 'E')))
        n++;
    const size_t n_copied = n < sizeof word ? n : sizeof word - 1;
    memcpy(word, at, n_copied);
    word[n_copied] = '\0';
    if (n >= sizeof word || number_read_real(word, &number) != NUMBER_READ)
        return fail_at(parser, parser->at, "'%s' is not a number", word);
    TRY(push(parser, STEP_NUMBER, &step));
    step->number = number;
    parser->at += n;
    return STATUS_OK;
}

static Status read_primary(Parser *parser)
{
    skip_blanks(parser);
    const char first = parser->text[parser->at];
    const size_t n = word_length(parser);

    if (n > 0)
        return read_word(parser, n);
    if (isdigit((unsigned char)first) != 0)
        return read_number(parser);
    if (!take(parser, "(")) {
        if (first == '\0')
            return fail_at(parser, parser->at,
                           "ends here; expected a number, a name or a function");
        return fail_at(parser, parser->at,
                       "'%c' stands here; expected a number, a name or a "
                       "function",
                       first);
    }
    TRY(read_or(parser));
    return need_close(parser);
}

/* ^ binds to the right, and tighter than a sign to its left. */
static Status read_power(Parser *parser)
{
    skip_blanks(parser);
    const size_t at = parser->at;

    TRY(read_primary(parser));
    if (!take(parser, "^"))
        return STATUS_OK;
    TRY(need_type(parser, false, at));
    skip_blanks(parser);
    const size_t right = parser->at;
    TRY(read_unary(parser));
    TRY(need_type(parser, false, right));
    parser->height--;
    add_step(parser, STEP_POWER);
    return STATUS_OK;
}

static Status read_unary(Parser *parser)
{
    TRY(enter(parser));
    if (take(parser, "-")) {
        skip_blanks(parser);
        const size_t at = parser->at;
        TRY(read_unary(parser));
        TRY(need_type(parser, false, at));
        add_step(parser, STEP_NEGATE);
    } else {
        TRY(read_power(parser));
    }
    parser->depth--;
    return STATUS_OK;
}

typedef struct Sign {
    const char *text;
    StepKind kind;
} Sign;

/* Of signs that begin alike the longer one comes first. */
static const Sign PRODUCT_SIGN[] = {{"*", STEP_MULTIPLY}, {"/", STEP_DIVIDE}, {"%", STEP_MODULO}};
static const Sign SUM_SIGN[] = {{"+", STEP_ADD}, {"-", STEP_SUBTRACT}};
static const Sign ORDER_SIGN[] = {{"<=", STEP_LESS_EQUAL}, {">=", STEP_GREATER_EQUAL},
                                  {"==", STEP_EQUAL},      {"!=", STEP_NOT_EQUAL},
                                  {"<", STEP_LESS},        {">", STEP_GREATER}};

static const Sign *take_sign(Parser *parser, const Sign *sign, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (take(parser, sign[i].text))
            return &sign[i];
    return NULL;
}

/* Operands of one level, from left to right. */
static Status read_signs(Parser *parser, const Sign *sign, size_t n,
                         Status (*read_operand)(Parser *parser))
{
    skip_blanks(parser);
    const size_t at = parser->at;
    const Sign *taken;

    TRY(read_operand(parser));
    while ((taken = take_sign(parser, sign, n)) != NULL) {
        TRY(need_type(parser, false, at));
        skip_blanks(parser);
        const size_t right = parser->at;
        TRY(read_operand(parser));
        TRY(need_type(parser, false, right));
        parser->height--;
        add_step(parser, taken->kind);
        parser->is_truth = sign == ORDER_SIGN;
    }
    return STATUS_OK;
}

#define N_SIGNS(sign) (sizeof(sign) / sizeof((sign)[0]))

static Status read_product(Parser *parser)
{
    return read_signs(parser, PRODUCT_SIGN, N_SIGNS(PRODUCT_SIGN), read_unary);
}

static Status read_sum(Parser *parser)
{
    return read_signs(parser, SUM_SIGN, N_SIGNS(SUM_SIGN), read_product);
}

static Status read_order(Parser *parser)
{
    return read_signs(parser, ORDER_SIGN, N_SIGNS(ORDER_SIGN), read_sum);
}

static Status read_not(Parser *parser)
{
    if (!take_word(parser, "not"))
        return read_order(parser);
    TRY(enter(parser));
    skip_blanks(parser);
    const size_t at = parser->at;
    TRY(read_not(parser));
    TRY(need_type(parser, true, at));
    add_step(parser, STEP_NOT);
    parser->depth--;
    return STATUS_OK;
}

/* Operands of `and` or `or`, each but the first behind a jump to the end. */
static Status read_chain(Parser *parser, const char *word, StepKind jump,
                         Status (*read_operand)(Parser *parser))
{
    skip_blanks(parser);
    const size_t at = parser->at;

    TRY(read_operand(parser));
    while (take_word(parser, word)) {
        TRY(need_type(parser, true, at));
        const uint32_t from = parser->n_steps;
        add_step(parser, jump);
        parser->height--;
        skip_blanks(parser);
        const size_t right = parser->at;
        TRY(read_operand(parser));
        TRY(need_type(parser, true, right));
        parser->step[from].target = parser->n_steps;
    }
    return STATUS_OK;
}

static Status read_and(Parser *parser)
{
    return read_chain(parser, "and", STEP_JUMP_FALSE, read_not);
}

static Status read_or(Parser *parser)
{
    TRY(enter(parser));
    TRY(read_chain(parser, "or", STEP_JUMP_TRUE, read_and));
    parser->depth--;
    return STATUS_OK;
}

Status expression_parse(Arena *arena, const char *text, const char *const *name, uint32_t n_names,
                        const Expression **out, Err *err)
{
    const size_t n_bytes = strlen(text);
    Parser parser = {.text = text, .name = name, .n_names = n_names, .err = err};
    Expression *expression = ARENA_ARRAY(arena, Expression, 1);

    *out = NULL;
    if (n_bytes > EXPRESSION_MAX_BYTES)
        return err_set(err, STATUS_INPUT, "character %d: longer than %d characters",
                       EXPRESSION_MAX_BYTES + 1, EXPRESSION_MAX_BYTES);
    parser.step = ARENA_ARRAY(arena, Step, n_bytes + 1);
    TRY(read_or(&parser));
    skip_blanks(&parser);
    if (text[parser.at] != '\0')
        return fail_at(&parser, parser.at, "'%c' stands here; expected an operator or the end",
                       text[parser.at]);
    CHECK(parser.height == 1 && parser.n_steps <= n_bytes && parser.depth == 0);
    expression->step = parser.step;
    expression->n_steps = parser.n_steps;
    expression->is_truth = parser.is_truth;
    *out = expression;
    return STATUS_OK;
}

bool expression_is_truth(const Expression *expression)
{
    return expression->is_truth;
}

bool expression_uses(const Expression *expression, uint32_t name)
{
    for (uint32_t i = 0; i < expression->n_steps; i++)
        if (expression->step[i].kind == STEP_NAME && expression->step[i].target == name)
            return true;
    return false;
}

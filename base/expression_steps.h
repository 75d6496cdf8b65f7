/* expression_steps.h - what an expression consists of; private to expression*.c. */
#ifndef BASE_EXPRESSION_STEPS_H
#define BASE_EXPRESSION_STEPS_H

#include "base/expression.h"

enum { EXPRESSION_MAX_STACK = 512 };

/* X(NAME, name, min arguments, max arguments) */
#define FUNCTION_LIST(X)  \
    X(MIN, min, 2, 100)   \
    X(MAX, max, 2, 100)   \
    X(FLOOR, floor, 1, 1) \
    X(CEIL, ceil, 1, 1)   \
    X(ROUND, round, 1, 1) \
    X(SQRT, sqrt, 1, 1)   \
    X(LOG, log, 1, 1)     \
    X(LOG2, log2, 1, 1)   \
    X(EXP, exp, 1, 1)     \
    X(ABS, abs, 1, 1)

typedef enum StepKind {
#define X(NAME, name, min, max) STEP_##NAME,
    FUNCTION_LIST(X)
#undef X
        STEP_NUMBER,
    STEP_NAME,
    STEP_ADD,
    STEP_SUBTRACT,
    STEP_MULTIPLY,
    STEP_DIVIDE,
    STEP_MODULO,
    STEP_POWER,
    STEP_NEGATE,
    STEP_LESS,
    STEP_LESS_EQUAL,
    STEP_GREATER,
    STEP_GREATER_EQUAL,
    STEP_EQUAL,
    STEP_NOT_EQUAL,
    STEP_NOT,
    STEP_JUMP_FALSE, /* to `target` if the top is 0, else take it off */
    STEP_JUMP_TRUE   /* to `target` if the top is 1, else take it off */
} StepKind;

typedef struct Step {
    StepKind kind;
    uint32_t target; /* of jumps, or a name */
    double number;
} Step;

struct Expression {
    uint32_t n_steps;
    const Step *step; /* [n_steps] */
    bool is_truth;
};

#endif

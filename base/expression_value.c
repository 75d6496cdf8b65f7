/* expression_value.c - the number that an expression gives.
 *
 * One pass over its steps, forward jumps only. Every number on the way must be finite: a truth that
 * rests on none would be a guess.
 */
#include <math.h>

#include "base/check.h"
#include "base/real_math.h"
#include "expression_steps.h"

enum { MAX_EXACT_POWER = 1024 };

static const double LOG2_E = 1.4426950408889634;

/* Whole powers by products, so that 2^10 is 1024. */
static double power(double base, double exponent)
{
    if (floor(exponent) < exponent || fabs(exponent) > MAX_EXACT_POWER)
        return base > 0 ? real_exp(exponent * real_log(base)) : (double)NAN;
    double result = 1, square = base;
    for (uint32_t left = (uint32_t)fabs(exponent); left > 0; left /= 2, square *= square)
        if (left % 2 == 1)
            result *= square;
    return exponent < 0 ? 1 / result : result;
}

/* Exact of powers of two. */
static double log_of_two(double x)
{
    int exponent;
    const double mantissa = 2 * frexp(x, &exponent); /* [1, 2) */
    return exponent - 1 + real_log(mantissa) * LOG2_E;
}

static double function_of(StepKind kind, double x)
{
    switch (kind) {
    case STEP_FLOOR:
        return floor(x);
    case STEP_CEIL:
        return ceil(x);
    case STEP_ROUND:
        return round(x);
    case STEP_SQRT:
        return x < 0 ? (double)NAN : sqrt(x);
    case STEP_LOG:
        return x > 0 ? real_log(x) : (double)NAN;
    case STEP_LOG2:
        return x > 0 ? log_of_two(x) : (double)NAN;
    case STEP_EXP:
        return real_exp(x);
    case STEP_ABS:
        return fabs(x);
    case STEP_NEGATE:
        return -x;
    default:
        return x > 0 ? 0 : 1; /* STEP_NOT */
    }
}

static double operation(StepKind kind, double a, double b)
{
    switch (kind) {
    case STEP_MIN:
        return b < a ? b : a;
    case STEP_MAX:
        return b > a ? b : a;
    case STEP_ADD:
        return a + b;
    case STEP_SUBTRACT:
        return a - b;
    case STEP_MULTIPLY:
        return a * b;
    case STEP_DIVIDE:
        return a / b;
    case STEP_MODULO:
        return fmod(a, b);
    case STEP_POWER:
        return power(a, b);
    case STEP_LESS:
        return a < b;
    case STEP_LESS_EQUAL:
        return a <= b;
    case STEP_GREATER:
        return a > b;
    case STEP_GREATER_EQUAL:
        return a >= b;
    case STEP_EQUAL:
        return a >= b && a <= b;
    default:
        return a < b || a > b; /* STEP_NOT_EQUAL */
    }
}

static bool is_of_one(StepKind kind)
{
    return (kind >= STEP_FLOOR && kind <= STEP_ABS) || kind == STEP_NEGATE || kind == STEP_NOT;
}

bool expression_value(const Expression *expression, const double *value, double *out)
{
    double stack[EXPRESSION_MAX_STACK];
    uint32_t height = 0;

    *out = 0;
    for (uint32_t i = 0; i < expression->n_steps; i++) {
        const Step *step = &expression->step[i];
        if (step->kind == STEP_JUMP_FALSE || step->kind == STEP_JUMP_TRUE) {
            if ((stack[height - 1] > 0) == (step->kind == STEP_JUMP_TRUE))
                i = step->target - 1;
            else
                height--;
            continue;
        }
        if (step->kind == STEP_NUMBER || step->kind == STEP_NAME) {
            stack[height++] = step->kind == STEP_NUMBER ? step->number : value[step->target];
        } else if (is_of_one(step->kind)) {
            stack[height - 1] = function_of(step->kind, stack[height - 1]);
        } else {
            height--;
            stack[height - 1] = operation(step->kind, stack[height - 1], stack[height]);
        }
        if (!isfinite(stack[height - 1]))
            return false;
    }
    CHECK(height == 1);
    *out = stack[0] + 0.0; /* no negative zero */
    return true;
}

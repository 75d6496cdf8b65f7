/* sweep_formulas.c - derived keys and constraints of a sweep.
 *
 * Both are expressions over the keys, a '-' in a name written '_'. A derived key reads axes, base
 * and the derived keys before it; a constraint is asked as soon as what it reads is known, so that
 * it can keep later ones from being computed where they make no sense.
 *
 * Cost: of a point O(steps of its expressions), and a number read for each value that is another
 * than in the point before.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/number_read.h"
#include "sweep.h"
#include "sweep_design.h"

static const double WHOLE_WITHIN = 1e-9;

/* ---- texts -------------------- */

static const char *name_in_expressions(Arena *arena, const char *key)
{
    char *name = arena_text(arena, key, strlen(key));

    for (char *at = name; *at != '\0'; at++)
        if (*at == '-')
            *at = '_';
    return name;
}

/* `stage` derived keys are known: later ones have no name yet. */
static Status read_formula(Formulas *formulas, const YamlNode *node, uint32_t stage, Formula *out)
{
    const Design *design = formulas->design;
    const char **name = ARENA_ARRAY(design->arena, const char *, design->n_keys);
    const uint32_t first = design->n_axis_keys;
    const char *text;
    Err cause = {0};

    for (uint32_t k = 0; k < design->n_keys; k++) {
        const bool is_later = k >= first + stage && k < first + design->n_derived;
        name[k] = is_later ? "" : formulas->name[k];
    }
    out->node = node;
    TRY(yaml_as_text(node, &text, design->err));
    if (expression_parse(design->arena, text, name, design->n_keys, &out->expression, &cause) !=
        STATUS_OK)
        return yaml_fail(node, design->err, "%s, in \"%.200s\"", cause.message, text);
    for (uint32_t k = 0; k < design->n_keys; k++) {
        if (!expression_uses(out->expression, k))
            continue;
        formulas->is_read[k] = true;
        if (k >= first && k < first + design->n_derived)
            out->stage = k - first + 1;
    }
    return STATUS_OK;
}

static Status read_derived(Formulas *formulas)
{
    const Design *design = formulas->design;
    const YamlNode *map = yaml_find(design->root, "derived");
    Formula *formula = ARENA_ARRAY(design->arena, Formula, design->n_derived);

    for (uint32_t i = 0; i < design->n_derived; i++) {
        TRY(read_formula(formulas, map->item[i], i, &formula[i]));
        if (expression_is_truth(formula[i].expression))
            return yaml_fail(map->item[i], design->err,
                             "is true or false; expected an expression that gives a number");
    }
    formulas->derived = formula;
    return STATUS_OK;
}

static Status read_constraints(Formulas *formulas)
{
    const Design *design = formulas->design;
    const YamlNode *list;

    if (yaml_find(design->root, "constraints") == NULL)
        return STATUS_OK;
    TRY(yaml_need(design->root, "constraints", YAML_LIST, &list, design->err));
    Formula *formula = ARENA_ARRAY(design->arena, Formula, list->n_items);
    for (uint32_t i = 0; i < list->n_items; i++) {
        TRY(read_formula(formulas, list->item[i], design->n_derived, &formula[i]));
        if (!expression_is_truth(formula[i].expression))
            return yaml_fail(list->item[i], design->err,
                             "is a number; expected a comparison, as a <= 2");
    }
    formulas->n_constraints = list->n_items;
    formulas->constraint = formula;
    return STATUS_OK;
}

Status sweep_read_formulas(Design *design, Formulas **out)
{
    Formulas *formulas = ARENA_ARRAY(design->arena, Formulas, 1);

    formulas->design = design;
    formulas->name = ARENA_ARRAY(design->arena, const char *, design->n_keys);
    formulas->is_read = ARENA_ARRAY(design->arena, bool, design->n_keys);
    formulas->is_drawn = ARENA_ARRAY(design->arena, bool, design->n_keys);
    for (uint32_t a = 0; a < design->n_axes; a++)
        formulas->is_drawn[design->axis[a].first_key] = design->axis[a].n_values == 0;
    formulas->text = ARENA_ARRAY(design->arena, const char *, design->n_keys);
    formulas->number = ARENA_ARRAY(design->arena, double, design->n_keys);
    for (uint32_t k = 0; k < design->n_keys; k++)
        formulas->name[k] = name_in_expressions(design->arena, design->key[k].key.name);
    TRY(read_derived(formulas));
    TRY(read_constraints(formulas));
    *out = formulas;
    return STATUS_OK;
}

/* ---- points -------------------- */

/* "my.total = 7, chip.grid.usable_cores = 3": what the formula reads. */
static const char *reads_text(const Formulas *formulas, Arena *scratch, const Formula *formula,
                              const char *const *value)
{
    const char *text = "";

    for (uint32_t k = 0; k < formulas->design->n_keys; k++)
        if (expression_uses(formula->expression, k))
            text = arena_printf(scratch, "%s%s%s = %.60s", text, text[0] == '\0' ? "" : ", ",
                                formulas->name[k], value[k]);
    return text;
}

/* The number that the formula gives in the point at hand. */
static Status compute(const Formulas *formulas, Arena *scratch, const Formula *formula,
                      const char *const *value, double *out)
{
    const Design *design = formulas->design;

    for (uint32_t k = 0; k < design->n_keys; k++)
        if (expression_uses(formula->expression, k) && isnan(formulas->number[k]))
            return yaml_fail(formula->node, design->err, "%s is '%.60s', no number",
                             formulas->name[k], value[k]);
    if (expression_value(formula->expression, formulas->number, out))
        return STATUS_OK;
    return yaml_fail(formula->node, design->err,
                     "gives no finite number (division by 0, a root or logarithm of what has "
                     "none?) with %s",
                     reads_text(formulas, scratch, formula, value));
}

static void read_number(Formulas *formulas, uint32_t k, const char *text)
{
    if (!formulas->is_read[k] || (formulas->text[k] == text && !formulas->is_drawn[k]))
        return;
    formulas->text[k] = text;
    if (number_read_real(text, &formulas->number[k]) != NUMBER_READ)
        formulas->number[k] = (double)NAN;
}

static Status derive(Formulas *formulas, Arena *scratch, uint32_t i, const char **value)
{
    const Design *design = formulas->design;
    const uint32_t k = design->n_axis_keys + i;
    const Formula *formula = &formulas->derived[i];
    double number;

    TRY(compute(formulas, scratch, formula, value, &number));
    if (design->key[k].step > 0) {
        const double whole = round(number);
        if (fabs(number - whole) > WHOLE_WITHIN)
            return yaml_fail(formula->node, design->err,
                             "gives %.15g, not a whole number, with %s; expected one, as by "
                             "floor(..)",
                             number, reads_text(formulas, scratch, formula, value));
        number = whole;
    } else {
        number = sweep_round(number);
    }
    if (design->key[k].form == FORM_WHOLE && number < 0)
        return yaml_fail(formula->node, design->err, "gives %.15g with %s; expected 0 or more",
                         number, reads_text(formulas, scratch, formula, value));
    value[k] = sweep_number_text(scratch, number + 0.0);
    formulas->number[k] = number;
    return STATUS_OK;
}

Status sweep_apply_formulas(Formulas *formulas, Arena *scratch, const char **value, bool *kept)
{
    const Design *design = formulas->design;
    const uint32_t first = design->n_axis_keys;

    *kept = true;
    for (uint32_t k = 0; k < design->n_keys; k++)
        if (k < first || k >= first + design->n_derived)
            read_number(formulas, k, value[k]);
    for (uint32_t stage = 0; stage <= design->n_derived; stage++) {
        for (uint32_t i = 0; i < formulas->n_constraints; i++) {
            double truth;
            if (formulas->constraint[i].stage != stage)
                continue;
            TRY(compute(formulas, scratch, &formulas->constraint[i], value, &truth));
            if (!(truth > 0)) {
                *kept = false;
                return STATUS_OK;
            }
        }
        if (stage < design->n_derived)
            TRY(derive(formulas, scratch, stage, value));
    }
    return STATUS_OK;
}

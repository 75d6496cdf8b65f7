/* sweep_design.h - what stands in SWEEP.yaml about points, before they are laid out; private to
 * sweep_*.c. */
#ifndef CLI_SWEEP_DESIGN_H
#define CLI_SWEEP_DESIGN_H

#include "../args.h"
#include "base/expression.h"
#include "base/yaml_doc.h"
#include "sweep.h"

#define N_OF(array) (sizeof(array) / sizeof((array)[0]))

/* What a value of a key may be. */
typedef enum ValueForm {
    FORM_TEXT,   /* anything                            */
    FORM_CHOICE, /* a word of the option's row          */
    FORM_FLAG,   /* true or false                       */
    FORM_WHOLE,  /* a whole number                      */
    FORM_REAL,   /* a number                            */
    FORM_CHIP    /* of a chip: a number, or a word where the chip has one */
} ValueForm;

/* A key of the sweep, and all that is known of it. */
typedef struct DesignKey {
    SweepKey key;
    YamlNode place;       /* where its name stands                                           */
    const OptionRow *row; /* KEY_OPTION, KEY_GENERATE: the option; else NULL                  */
    ValueForm form;
    double step; /* numbers are multiples of it; 0: of nothing                                */
} DesignKey;

/* Keys that step together, and the values they take. */
typedef struct Axis {
    uint32_t n_keys, first_key; /* in Design.key                                              */
    uint32_t n_values;
    const char *const *value;          /* [n_values][n_keys]                                  */
    const YamlNode *const *value_node; /* [n_values] where they stand                         */
    bool is_range, is_log;             /* a range: of one key, from `from` to `to`            */
    double from, to;
    const YamlNode *node;
} Axis;

typedef struct Design {
    Arena *arena; /* borrowed */
    const YamlNode *root;
    Sweep *sweep;
    uint32_t n_keys, room;
    DesignKey *key; /* [n_keys] those of the axes, derived ones, then those of `base`          */
    uint32_t n_axis_keys, n_derived;
    uint32_t n_axes;
    Axis *axis;                    /* [n_axes]                                                */
    const char *const *base_value; /* [n_keys - n_axis_keys - n_derived]                      */
    const YamlNode *const *base_node;
    Err *err;
} Design;

/* sweep_read - the tree, and all of the Sweep but its points. */
Status sweep_read(Arena *arena, SweepSource source, const char *text, size_t n_bytes,
                  YamlNode **root, Sweep **out, Err *err);

/* yaml_key_node - a node for messages about entry i of a map: where its key stands. */
YamlNode yaml_key_node(const YamlNode *map, uint32_t i);

/* sweep_check_text - Errors: INPUT (control characters, which no table can hold). */
Status sweep_check_text(const YamlNode *node, const char *text, Err *err);

/* sweep_key_parse - kind and option from a key's name; false if it has no known prefix. */
bool sweep_key_parse(Arena *arena, const char *name, SweepKey *out);

/* sweep_key_find - the same, and that there is such an option. Errors: INPUT at `place`, with the
 * nearest name. */
Status sweep_key_find(Arena *arena, const YamlNode *place, const char *name, DesignKey *out,
                      Err *err);

/* sweep_value_read - the text of a value as it stands in plans. Errors: INPUT at the node. */
Status sweep_value_read(Arena *arena, const DesignKey *key, const YamlNode *node, const char **out,
                        Err *err);

/* sweep_round - to twelve digits: what arithmetic leaves behind them is noise. */
double sweep_round(double value);

/* sweep_number_text - the shortest text that reads back as the same number; whole numbers plain. */
const char *sweep_number_text(Arena *arena, double value);

/* A derived key, or a constraint. */
typedef struct Formula {
    const Expression *expression;
    const YamlNode *node;
    uint32_t stage; /* derived keys that must be known before */
} Formula;

/* Derived keys and constraints, and the numbers that they read in the point at hand. */
typedef struct Formulas {
    const Design *design;
    uint32_t n_constraints;
    const Formula *derived, *constraint; /* [design->n_derived], [n_constraints]              */
    const char **name;                   /* [n_keys] as expressions call them                 */
    bool *is_read;                       /* [n_keys] by any expression                        */
    bool *is_drawn;                      /* [n_keys] its text is made anew for each point     */
    const char **text;                   /* [n_keys] what `number` was read from              */
    double *number;                      /* [n_keys] NaN: not a number                        */
} Formulas;

/* sweep_read_formulas - all derived keys are in the design already. Errors: INPUT, with the place
 * in the text. */
Status sweep_read_formulas(Design *design, Formulas **out);

/* sweep_apply_formulas - fills the derived values of a point, [n_keys] of which those of axes and
 * base are there; their texts are made in `scratch`. *kept: no constraint is false. Errors: INPUT
 * (no number, or not a whole one). */
Status sweep_apply_formulas(Formulas *formulas, Arena *scratch, const char **value, bool *kept);

/* The points of a plan in the making. */
typedef struct Layout {
    const Design *design;
    Formulas *formulas;
    PlanMaker *maker;
    Arena *scratch;     /* of the point at hand                 */
    const char **value; /* [n_keys] the point at hand           */
    uint64_t n_left_out;
} Layout;

/* sweep_keep_point - is the point at hand to be in the plan? If not, it is counted. */
Status sweep_keep_point(Layout *layout, bool *kept);

/* sweep_lay_random - points at random, also in strata; `node` says how many. Errors: INPUT. */
Status sweep_lay_random(Layout *layout, const YamlNode *node);

/* sweep_read_axes - base, axes and names of derived keys. Errors: INPUT. */
Status sweep_read_axes(Design *design);

/* sweep_add_key - the next key of the design; no name stands twice. Errors: INPUT. */
Status sweep_add_key(Design *design, const YamlNode *place, const char *name);

/* sweep_range_text - a number of a range, as its key wants it (`step`: a multiple of that). */
const char *sweep_range_text(Arena *arena, const Axis *axis, double step, double value);

/* sweep_find_steps - of what numbers of the chip are multiples. Errors: INPUT (a chip that cannot
 * be loaded). */
Status sweep_find_steps(Design *design);

/* sweep_check_values - every value by itself: on the chips, in the folders. Errors: INPUT. */
Status sweep_check_values(const Design *design, const Plan *plan);

/* sweep_resolve - a path of SWEEP.yaml: from its folder on if something is there. */
const char *sweep_resolve(Arena *arena, const Sweep *sweep, const char *value);

/* sweep_lay_out - all points. Errors: INPUT. */
Status sweep_lay_out(Design *design, const Plan **out);

#endif

/* point_parts.h - what neighbouring points of a sweep share: networks, events, programs. */
#ifndef CLI_POINT_PARTS_H
#define CLI_POINT_PARTS_H

#include "../job.h"
#include "sweep.h"

/* One thing that is kept, and what it was made from. */
typedef struct KeptPart {
    Arena *arena;    /* holds it, and its key; NULL: nothing is kept                           */
    const char *key; /* all that it depends on, as text                                        */
} KeptPart;

/* The latest of each. What is below rests on what is above: it goes when that goes. */
typedef struct PointParts {
    const Plan *plan;
    const char *events_folder, *program_folder; /* for files of these, or NULL                 */
    KeptPart base; /* the network as it is loaded or generated                            */
    const Network *network;
    KeptPart events; /* the network as the options want it, its input and events             */
    Job recorded;
    KeptPart compiled;
    const Program *program;
} PointParts;

void parts_free(PointParts *parts);

/* parts_args - a command line of `egret run` for a task, in `arena`. Errors: USAGE. */
Status parts_args(const PointParts *parts, Arena *arena, Task task, Args *out, Err *err);

/* parts_generate_args - a command line of `egret gen` for a point whose network is generated.
 * Errors: USAGE. */
Status parts_generate_args(const PointParts *parts, Arena *arena, uint32_t point, Args *out,
                           Err *err);

/* parts_events - network, input, events and reference of the point into a job that has its chip.
 * Errors: those of loading, generating and of the reference run. */
Status parts_events(PointParts *parts, Task task, Job *job, Err *err);

/* parts_program - the program of the point into a job that has its events. Errors: those of
 * compile. */
Status parts_program(PointParts *parts, Task task, Job *job, Err *err);

/* parts_objective - what the compiler is to make small. */
Objective parts_objective(const PointParts *parts, uint32_t point);

/* parts_is_mapping_option - is the option of `egret run` one that only the compiler reads?
 * parts_is_engine_option - one that only simulations read? */
bool parts_is_mapping_option(const char *name);
bool parts_is_engine_option(const char *name);

#endif

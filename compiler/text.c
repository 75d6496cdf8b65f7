/* text.c - names as the compiler's messages and dumps show them. */
#include "mapping.h"

const char *format_name(WeightFormat format)
{
    static const char *const name[N_FORMATS] = {
        [FORMAT_SOURCE] = "source", [FORMAT_TARGET] = "target"};
    return format < N_FORMATS ? name[format] : "?";
}

const char *objective_name(Objective objective)
{
    static const char *const name[N_OBJECTIVES] = {[OBJECTIVE_LATENCY] = "latency",
                                                   [OBJECTIVE_THROUGHPUT] = "throughput",
                                                   [OBJECTIVE_ENERGY] = "energy",
                                                   [OBJECTIVE_MEMORY] = "memory"};
    return objective < N_OBJECTIVES ? name[objective] : "?";
}

const char *table_mode_name(TableMode mode)
{
    static const char *const name[N_TABLE_MODES] = {
        [TABLES_AUTO] = "auto", [TABLES_RAW] = "raw", [TABLES_MINIMAL] = "minimal"};
    return mode < N_TABLE_MODES ? name[mode] : "?";
}

/* info.h - what is in a file of ours, as text; one printer for each kind of file. */
#ifndef CLI_INFO_H
#define CLI_INFO_H

#include <stdbool.h>
#include <stdio.h>

#include "arch/program.h"
#include "base/csv_table.h"
#include "models/event_trace.h"
#include "models/network.h"
#include "sim/report.h"
#include "sim/timeline.h"

void info_network(const Network *network, FILE *stream);

/* all_numbers: every number of the chip, not only those that matter most. */
void info_chip(Arena *scratch, const Chip *chip, bool all_numbers, FILE *stream);

void info_program(const Program *program, FILE *stream);
void info_events(const EventTrace *events, FILE *stream);
void info_report(const Report *report, FILE *stream);
void info_timeline(const Timeline *timeline, FILE *stream);

/* info_table - of any other table: its columns, with smallest, largest and sum of numbers. */
void info_table(const CsvTable *table, FILE *stream);

#endif

/* report_energy.c - the lines of the ledger, as report.json has them.
 *
 * First all lines of the runs, one token at a time and pipelined, then of each share of the first
 * those that count something: shares of one scope add up to the run, line by line.
 *
 * Cost: that of the ledgers and shares, see energy.h.
 */
#include "report_private.h"

/* Lines of one row; of a share only those that count something. Returns how many; `out` may be
 * NULL. */
static uint32_t put_row(const EnergyLedger *ledger, const EnergyRow *row, ReportEnergy *out)
{
    uint32_t n = 0;

    for (uint32_t i = 0; i < ledger->n_lines; i++) {
        const EnergyLine *line = &ledger->line[i];
        if (row->count[i] == 0 && row->scope != ENERGY_OF_RUN)
            continue;
        if (out != NULL)
            out[n] = (ReportEnergy){.scope = energy_scope_name(row->scope),
                                    .of = row->of,
                                    .part = energy_part_name(line->part),
                                    .price = line->key,
                                    .unit = energy_unit_name(line->unit),
                                    .count = row->count[i],
                                    .pj = energy_line_pj(ledger, row->count, i)};
        n++;
    }
    return n;
}

void report_energy(Arena *arena, const ReportInput *in, Report *report)
{
    const EnergyLedger *ledger = energy_ledger(arena, in->topology, in->latency);
    const EnergyShares *shares =
        energy_shares(arena, ledger, in->program, in->topology, in->latency);
    const EnergyRow one = {ENERGY_OF_RUN, "sequential", ledger->run};
    uint32_t n = 2 * ledger->n_lines, at;

    for (uint32_t r = 0; r < shares->n_rows; r++)
        n += put_row(ledger, &shares->row[r], NULL);
    ReportEnergy *energy = ARENA_ARRAY(arena, ReportEnergy, n);
    at = put_row(ledger, &one, energy);
    if (in->throughput != NULL) {
        const EnergyLedger *other = energy_ledger(arena, in->topology, in->throughput);
        const EnergyRow pipelined = {ENERGY_OF_RUN, "pipelined", other->run};
        at += put_row(other, &pipelined, &energy[at]);
    }
    for (uint32_t r = 0; r < shares->n_rows; r++)
        at += put_row(ledger, &shares->row[r], &energy[at]);
    report->n_energy = at;
    report->energy = energy;
    report->ledger = ledger;
    report->shares = shares;
}

/* core_rows.c - token rows on a core: asked for when the host's marker is received, there when the
 * DRAM has delivered them.
 *
 * In a program with token rows the input of a step is complete on a core of the first layer once
 * its part of the row is in its memory, not when the marker is. Asking costs the core the set-up of
 * a DMA for each slice; the data is written without it. Cost: O(1) a step.
 */
#include "base/check.h"
#include "core_model.h"

uint64_t core_row_cycles(const CoreModel *cores, uint32_t core, const Packet *packet)
{
    const bool from_host = packet->source == cores->plan->n_slices;
    return from_host && packet->position == PACKET_MARKER ? dram_setup_cycles(&cores->dram, core)
                                                          : 0;
}

void core_keep_token(CoreModel *cores, uint32_t core, uint64_t step, uint32_t token)
{
    CHECK(token < cores->plan->program->n_tokens);
    cores->token[(size_t)core * 2 + step % 2] = token; /* that of two steps before is used */
}

void core_ask_row(CoreModel *cores, uint32_t core)
{
    dram_read(&cores->dram, core, cores->now);
    core_counters(cores, core)->n[COUNT_SRAM_WRITE_BYTES] += cores->dram.core[core].segment_bytes;
    if (cores->plan->ticks)
        tick_asked(cores, core);
}

void core_take_rows(CoreModel *cores)
{
    if (cores->plan->program->dram_bytes == 0)
        return;
    for (uint32_t core; (core = dram_take(&cores->dram, cores->now)) != WHEEL_NONE;) {
        if (cores->dram.core[core].took_row)
            decoder_row_ready(cores, core);
        else if (cores->plan->ticks)
            tick_row_there(cores, core);
        else
            cores->stage[plan_heard(cores->plan, core, 0)].complete++;
        cores->tally->last_core_cycle = /* a superstep lasts until the core can see it */
            dvfs_edge_of(cores->core[core].fifo.dvfs, cores->now);
        if (cores->core[core].task == TASK_SERVE && cores->wheel.due[core] > cores->now)
            wheel_set(&cores->wheel, core, cores->now);
    }
}

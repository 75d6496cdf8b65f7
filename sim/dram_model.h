/* dram_model.h - the DRAM of each chip: one server that reads token rows and rows of the decoder
 * for the cores, first come first served.
 *
 * A read takes bytes / effective rate of the server, and its data is on the core a latency
 * later. The effective rate stands for the memory and the way to the core: the flits of the data
 * do not use the modelled links.
 */
#ifndef SIM_DRAM_MODEL_H
#define SIM_DRAM_MODEL_H

#include "plan.h"
#include "sim/parts.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    DRAM_READS_IN_FLIGHT = 4 + DECODER_ROWS
}; /* of one core: more than the steps that it can
                                                     be ahead, and rows of the decoder */

typedef struct DramCore {
    uint32_t n_slices;      /* of the first layer: reads a step                         */
    uint64_t segment_bytes; /* of a token, all of them together; 0: reads nothing       */
    uint64_t service_ps;    /* of the server for that                                   */
    uint64_t row_bytes;     /* of a unit of the decoder; 0: holds none of it            */
    uint64_t row_ps;        /* of the server for that                                   */
    uint32_t chip;
    uint32_t first, count; /* reads under way: a ring                                   */
    uint64_t ready[DRAM_READS_IN_FLIGHT]; /* core edge from which the data is there     */
    bool is_row[DRAM_READS_IN_FLIGHT];    /* of the decoder                             */
    bool took_row;                        /* the read that dram_take took was one       */
} DramCore;

typedef struct DramModel {
    const Plan *plan;
    const SimParts *parts; /* its `read`, if any, says when data is there; NULL: built in */
    uint64_t setup_cycles; /* of the core, for each read                                */
    uint64_t latency_ps;
    DramCore *core;    /* [n_cores]                                                     */
    uint64_t *free_ps; /* [chips] the server has done all that was asked                */
    Wheel wheel;       /* ids: cores; core edges                                        */
    uint64_t n_reads, n_bytes, busy_ps;
    uint64_t token_bytes; /* of these bytes, of token rows                               */
    uint64_t *chip_bytes; /* [chips]                                                     */
} DramModel;

/* dram_init - for a program with rows in DRAM; of others nothing is ever read. */
void dram_init(Arena *arena, DramModel *dram, const Plan *plan);

/* dram_chip_bytes - a copy of the bytes read on each chip. */
const uint64_t *dram_chip_bytes(Arena *arena, const DramModel *dram);

/* dram_setup_cycles - of the core, to ask for a token's row. */
uint64_t dram_setup_cycles(const DramModel *dram, uint32_t core);

/* dram_read - the core asks for its part of a row at core edge `cycle`. */
void dram_read(DramModel *dram, uint32_t core, uint64_t cycle);

/* dram_read_row - for a row of the decoder. */
void dram_read_row(DramModel *dram, uint32_t core, uint64_t cycle);

/* dram_next - core edge at which the next data is there, or NEVER. dram_take - a core that has
 * its oldest read at core edge `cycle`, or WHEEL_NONE. */
uint64_t dram_next(const DramModel *dram);
uint32_t dram_take(DramModel *dram, uint64_t cycle);

#ifdef __cplusplus
}
#endif
#endif

/* core_decoder.h - the decoder's words on a core: rows asked for, applied, and the best word.
 *
 * When an event of the layer before is received, its row is asked for from DRAM. Rows that are
 * there are applied one after another; when those of a step are, and the step is closed, the
 * slice is updated like any other: it finds its best word and sends it to the host. While both
 * row buffers are taken, nothing is received: the FIFO waits for the DRAM and the core alone,
 * never for the network, so it always drains.
 */
#ifndef SIM_CORE_DECODER_H
#define SIM_CORE_DECODER_H

#include "models/network.h"
#include "plan.h"
#include "sim/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

struct CoreModel;

typedef struct DecoderEvents { /* execute: of one step, by unit of the layer before            */
    uint64_t step;             /* whose events are held; NEVER at first                       */
    float *value;              /* [width]                                                      */
    uint64_t *present;         /* bit map                                                      */
} DecoderEvents;

typedef struct DecoderCore {
    uint32_t slice;               /* of the core, or PROGRAM_NONE                              */
    uint32_t n_asked, n_ready;    /* rows that hold a buffer; of these there, not yet applied  */
    uint32_t first;               /* in the ring                                               */
    bool wants;                   /* the event just received asks for a row                    */
    uint32_t wanted;              /* of this step, modulo DECODER_STEPS                        */
    uint32_t step[DECODER_ROWS];  /* ring, in the order of asking: the same of each row        */
    uint32_t open[DECODER_STEPS]; /* by step % DECODER_STEPS: rows not yet applied             */
    DecoderEvents events[DECODER_STEPS];
} DecoderCore;

typedef struct DecoderModel {
    uint32_t stage;       /* of its slices; 0: there is no decoder                             */
    uint64_t word_cycles; /* of a weight, and of a word at the update                          */
    DecoderCore *core;    /* [n_cores], or NULL                                                */
    float *sum;           /* execute: [most words] scratch                                     */
    int32_t *sum_int8;
} DecoderModel;

/* decoder_init - for a plan whose program may have a decoder. */
void decoder_init(Arena *arena, struct CoreModel *cores);

/* decoder_slice - is the slice of the decoder? */
static inline bool decoder_slice(const DecoderModel *decoder, const Plan *plan, uint32_t slice)
{
    return decoder->stage > 0 && plan->slice[slice].stage == decoder->stage;
}

/* decoder_hears - do events of this stage go to the decoder on this core? */
static inline bool decoder_hears(const DecoderModel *decoder, uint32_t core, uint32_t stage)
{
    return decoder->stage > 0 && stage + 1 == decoder->stage &&
           decoder->core[core].slice != PROGRAM_NONE;
}

/* decoder_store - execute mode: the value of an event delivered. decoder_want - it is received:
 * its row, for this step modulo DECODER_STEPS, is to be asked for. decoder_ask - the core is
 * free at edge `now`: ask for the row that it wants, if any. decoder_row_ready - the oldest row
 * asked for is there. */
void decoder_store(struct CoreModel *cores, uint32_t core, uint64_t step, const Packet *packet);
void decoder_want(struct CoreModel *cores, uint32_t core, uint32_t step);
void decoder_ask(struct CoreModel *cores, uint32_t core);
void decoder_row_ready(struct CoreModel *cores, uint32_t core);

/* decoder_has_row - is a row there to be applied? decoder_row_cycles - begin to apply it: counts.
 */
bool decoder_has_row(const struct CoreModel *cores, uint32_t core);
uint64_t decoder_row_cycles(struct CoreModel *cores, uint32_t core);

/* decoder_book_rows - cycles to apply so many rows, which is all that they cost the core in the
 * end; their bytes are counted for the step. */
uint64_t decoder_book_rows(const struct CoreModel *cores, uint32_t core, StepTimes *step,
                           uint64_t n_rows);

/* decoder_end_row - the row is applied. */
void decoder_end_row(struct CoreModel *cores, uint32_t core);

/* decoder_has_open - are rows of that step missing on the slice's core? */
bool decoder_has_open(const struct CoreModel *cores, uint32_t slice, uint64_t step);

/* decoder_update_cycles - to find the best word. decoder_compute - execute mode: find it from
 * image, rows and events received, and compare with event `at` of the expected ones. */
uint64_t decoder_update_cycles(struct CoreModel *cores, uint32_t slice);
void decoder_compute(struct CoreModel *cores, uint32_t slice, uint64_t step, uint64_t at);

/* decoder_results.c: decoder_expected - events with the decoder's results as one layer more: the
 * best word of every slice in every step. network: one whose decoder is on the chip; NULL: no
 * values, the first word of each slice. */
const EventTrace *decoder_expected(Arena *arena, const Program *program, const Network *network,
                                   const EventTrace *events, uint32_t n_steps);

#ifdef __cplusplus
}
#endif
#endif

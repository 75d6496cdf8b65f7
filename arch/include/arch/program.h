/* program.h - the object file: what every core of the chip loads, and the tables of its routers.
 *
 * The compiler writes it, the simulator runs it; they share nothing else. A Program is complete:
 * the core images hold all weights and parameters, the slices say where in the image they stand,
 * the routes say which cores a key reaches. All offsets are bytes into CoreProgram.image.
 *
 * The units of a layer stand in an order of their own: ProgramLayer.unit_of names the unit at
 * each position. A slice holds consecutive positions, and all that a core computes with is
 * positions; units are what the network and event traces speak of. The order of summation is
 * that of units.
 *
 * Time in a Program is counted in steps. In step t a slice of layer l consumes the events of
 * layer l-1 (or of the host) of step t and of its own layer of step t-1, then updates its units
 * and emits. The last packet of a slice's step is its marker: it closes the step and carries the
 * number of events sent. If there was an event, the last one is the marker too, so that a marker
 * costs a packet of its own only in a step without events. Markers have keys, and a route, of
 * their own: marker_key closes a step without events, marker_key + 1 + u is the event of the
 * unit at position first_position + u that closes its step; input_marker_key likewise. A core
 * that needs no event of the slice takes such a packet for a mere marker.
 *
 * Markers follow the data. A slice (or the host, which stands before the first layer) feeds the
 * cores that store a weight from any of its units; the host feeds all cores of the first layer;
 * and a core with slices of a layer that no slice of the layer before feeds is paced by one of
 * those: number i mod n of its n slices, where i is the number of the core's first slice in its
 * layer. The marker of a slice goes to all cores that it feeds or paces, and back to the cores
 * of those slices of its own layer and of the one before that feed or pace its core. The first
 * layer's also goes to the host, and the last one's.
 *
 * A slice may update step t when, of all sources whose markers reach its core, it has the
 * markers (and, by their counts, all events) of the stage before for step t and of its own layer
 * for step t-1, and the markers of the layer after for step t-2. So nobody runs ahead of anybody
 * it exchanges packets with by more than one step, and event buffers of two steps are enough;
 * docs/markers.md has the proof. The decoder, if it is on the chip, is an exception: see
 * Program.has_decoder.
 */
#ifndef ARCH_PROGRAM_H
#define ARCH_PROGRAM_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "arch/topology.h"
#include "base/arena.h"
#include "base/err.h"
#include "base/fixed_math.h"
#include "base/precision.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { PROGRAM_FORMAT_VERSION = 3 };
enum { SCALE_BYTES = 5 }; /* of an int8 scale: multiplier and shift */
#define PROGRAM_NONE UINT32_MAX
enum { PROGRAM_DRAM_VALUE_BYTES = 4 }; /* of a number in a token row */
enum {
    DECODER_STEPS =
        4,           /* that slices of the decoder have sums for at once: see Program.has_decoder */
    DECODER_ROWS = 2 /* that they have room for: one arrives while one is applied */
};

typedef enum WeightFormat {
    FORMAT_SOURCE,    /* rows are sources: an absent event costs nothing            */
    FORMAT_TARGET,    /* rows are targets: every stored weight is read each step    */
    FORMAT_BITMAP,    /* as source, with a bit for every target instead of indices  */
    FORMAT_DENSE_MLA, /* a dense block that the MAC array works through each step   */
    N_FORMATS
} WeightFormat;

/* X(NAME, name, memory): regions of a core's memory; memory 0 = system, 1 = data. */
#define REGION_LIST(X)                                                                        \
    X(CODE, code, 0)            /* the program                                        */      \
    X(FIFO, receive_fifo, 0)    /* receive FIFO: 8 bytes a packet (key, payload)      */      \
    X(EVENTS, event_buffers, 0) /* values of received events, two steps each          */      \
    X(STACK, stack, 1)                                                                        \
    X(WEIGHTS, weights, 1)                                                                    \
    X(INDICES, indices, 1)                                                                    \
    X(POINTERS, row_pointers, 1)                                                              \
    X(PARAMETERS, parameters, 1)     /* biases and thresholds                              */ \
    X(STATE, state, 1)               /* stored state of the units                          */ \
    X(ACCUMULATORS, accumulators, 1) /* sums of a step under way, two steps each           */

typedef enum Region {
#define X(NAME, name, memory) REGION_##NAME,
    REGION_LIST(X)
#undef X
        N_REGIONS
} Region;

const char *region_name(Region region);
int region_memory(Region region); /* 0 system, 1 data */

/* One sparse matrix of a slice in the core's image; matrix_image.h has the layout. Rows are
 * sources or (FORMAT_TARGET) local targets; target = gate * slice.n_units + local unit. A source
 * is a position of the layer it belongs to, or an input of the host. Row r holds entries
 * pointer[r] .. pointer[r+1]-1: targets ascending; sources ascending by the unit at their
 * position, as that is the order in which they are summed. All numbers are little-endian. A
 * recurrent matrix may be none: source format without pointers, indices and weights; its slice
 * then has no recurrent sums. */
typedef struct MatrixImage {
    uint32_t n_sources, n_targets;
    uint64_t n_weights;
    WeightFormat format;
    uint32_t index_bytes;   /* 1, 2 or 4; 0 where the format has no indices       */
    bool index_delta;       /* an index stores its distance to the one before      */
    uint32_t pointer_bytes; /* 2 or 4; 0 where the format has no row pointers       */
    uint64_t pointer_offset, index_offset, weight_offset;
} MatrixImage;

typedef struct SliceProgram {
    uint32_t layer;                   /* index of the layer                                    */
    uint32_t first_position, n_units; /* positions first_position .. + n_units-1 of the layer */
    uint32_t key;        /* the unit at position first_position + u sends key + u       */
    uint32_t marker_key; /* first of the n_units + 1 keys that close a step          */
    MatrixImage input, recurrent;
    /* Parameters and state: float, or in PRECISION_INT8 int32: biases Q12, the others Q15. */
    uint64_t bias_offset;           /* [n_gates * n_units], gate-major                       */
    uint64_t recurrent_bias_offset; /* the same; none without a recurrent matrix       */
    uint64_t threshold_offset;      /* [n_units], the effective thresholds                  */
    uint64_t state_offset;          /* [n_units], zero at load                               */
    /* PRECISION_INT8: scales of the accumulators: int32 multiplier [n_scales], then one byte shift
     * [n_scales]; one a target, or one for all. 0 otherwise. */
    uint32_t n_scales;
    uint64_t input_scale_offset, recurrent_scale_offset;
    uint64_t dram_offset; /* first layer of a program with token rows: of its segments in
                             Program.dram, [n_tokens][n_gates * n_units]; decoder: of its rows,
                             [positions of the layer before][n_units]; else 0 */
    bool decoder;         /* of the decoder: its units are words, its weights lie in DRAM; no matrix
                             in the image, no recurrent bias, threshold, state or scale */
} SliceProgram;

typedef struct CoreProgram {
    uint32_t core; /* core id on the chip                                   */
    uint32_t n_slices;
    const SliceProgram *slice;        /* [n_slices] ascending by (layer, first_position)      */
    uint64_t region_bytes[N_REGIONS]; /* memory in use by region                       */
    uint64_t image_bytes;             /* the loaded part of data memory                        */
    const uint8_t *image;             /* [image_bytes]                                         */
} CoreProgram;

/* One entry of an event router's table: keys k with (k & mask) == key go to the cores, the links
 * and the host. Masks are any ternary masks and entries may overlap: the first that matches
 * wins. A packet that matches none and came by a link goes straight on where the chip has
 * default routes (Fabric.default_route); all else is an error. The trees in the tables together
 * lead the events of a slice to exactly the cores that have a stored weight from any unit of the
 * slice (those of the last layer to the host too), and its marker to exactly the cores of the
 * rule above. A packet comes to no router twice, takes allowed turns only (topology.h), and the
 * tree of a slice's events is a part of the tree of its marker: both come to a router by the
 * same link, so that no marker overtakes the events before it. */
typedef struct RouteEntry {
    uint32_t key, mask;   /* key has no bit outside of mask                        */
    uint32_t n_cores;     /* of this router that get a copy                        */
    const uint32_t *core; /* [n_cores] ids on the chip, ascending                  */
    uint32_t n_links;     /* that get a copy                                       */
    const uint32_t *link; /* [n_links] router link ids out of this router, ascending */
    uint32_t to_host;     /* 1: the host gets a copy too (at its router only)      */
} RouteEntry;

typedef struct RouterTable {
    uint32_t n_entries;
    const RouteEntry *entry; /* [n_entries] in order of priority                      */
    uint32_t n_ascending;    /* the first so many entries match intervals of keys, ascending and
                                disjoint, so that a bisection finds them; 0 is always right; see
                                table_count_ascending                                   */
} RouterTable;

typedef struct ProgramLayer {
    const char *name, *cell; /* cell kind by name                                     */
    uint32_t n_inputs, n_units, n_gates;
    float parameter;         /* 0 .. 1: the number of its cell kind (zoneout, beta)           */
    const uint32_t *unit_of; /* [n_units] the unit at each position: a permutation        */
} ProgramLayer;

typedef struct Program {
    uint32_t format_version;
    const char *chip_name, *network_name;
    uint64_t chip_hash, network_hash;
    Precision precision; /* of the weights, in all layers                       */
    uint32_t n_layers;
    const ProgramLayer *layer; /* [n_layers]                                            */
    uint32_t n_inputs;         /* width of the host's input; input i has key input_key + i */
    uint32_t input_key;
    uint32_t input_marker_key; /* first of the n_inputs + 1 keys that close the host's step */
    uint32_t reset_steps;      /* stored state restarts at 0 every so many steps; 0: never */
    uint32_t n_cores;
    const CoreProgram *core;  /* [n_cores] ascending by core id, only cores in use      */
    uint32_t n_tables;        /* routers of the chip                                   */
    const RouterTable *table; /* [n_tables] by router id                               */
    /* Token rows (folded embedding): the host sends no events but the token, in the payload of its
     * marker, and each slice of the first layer reads its segment of that token's row from the DRAM
     * of its chip: what its input sums begin at. float, bias included; PRECISION_INT8: int32
     * accumulators. Segments stand in the order of cores and slices. */
    uint32_t n_tokens; /* 0: none; inputs come as events                            */
    /* The decoder on the chip is the last layer. A core holds a range of words (at most one slice)
     * and reads, for each event of the layer before, that unit's row of their weights from the DRAM
     * of its chip; rows stand behind the token rows, in the order of cores. When a step is closed,
     * the slice sends one event to the host: its best word, with the logit as value; it closes the
     * slice's step. All slices of the layer before feed every slice of the decoder; markers do not
     * go back from it: the host begins step t when it has all results of step t - DECODER_STEPS, so
     * that nobody is further ahead of the decoder than that. */
    bool has_decoder;
    uint64_t dram_bytes; /* of all segments and rows                               */
    const uint8_t *dram; /* [dram_bytes]                                           */
    uint64_t hash;       /* over the content; set by program_seal                  */
} Program;

/* program_marker_keys - how many keys close the step of a source of n_units. */
static inline uint32_t program_marker_keys(uint32_t n_units)
{
    return n_units + 1;
}

/* program_route - the first entry of a router's table that matches a key, or NULL.
 * cost: O(log n_ascending + entries behind those) */
const RouteEntry *program_route(const Program *program, uint32_t router, uint32_t key);

/* table_route - the same for one table. */
const RouteEntry *table_route(const RouterTable *table, uint32_t key);

/* table_count_ascending - the right n_ascending of a table: as many entries as a bisection can
 * find. cost: O(entries) */
uint32_t table_count_ascending(const RouterTable *table);

/* table_index - an index over a table that is compressed, for look-ups in about the time of a
 * bisection; NULL for a table that needs none: there table_route is as fast. The table must stay
 * as it is. table_index_route - as table_route. table_index_bucket - the entries that may match
 * keys k with (k & mask) == key, in order; NULL if that may be any entry. cost: O(entries) to
 * make */
typedef struct TableIndex TableIndex;
const TableIndex *table_index(Arena *arena, const RouterTable *table);
const RouteEntry *table_index_route(const TableIndex *index, uint32_t key);
const uint32_t *table_index_bucket(const TableIndex *index, uint32_t key, uint32_t mask,
                                   uint32_t *n_entries);

/* program_entries - of all tables; program_fullest_table - of the table with the most. */
uint64_t program_entries(const Program *program);
uint32_t program_fullest_table(const Program *program);

/* program_memory_bytes - bytes of a core in use in one memory (0 system, 1 data). */
uint64_t program_memory_bytes(const CoreProgram *core, int memory);

/* matrix_is_none - see MatrixImage; so are those of the decoder. */
static inline bool matrix_is_none(const MatrixImage *matrix)
{
    return matrix->format == FORMAT_SOURCE && matrix->pointer_bytes == 0;
}

/* What a slice has of the arrays that the decoder, or one without a recurrent matrix, lacks. */
static inline uint32_t slice_recurrent_targets(const SliceProgram *slice)
{
    return matrix_is_none(&slice->recurrent) ? 0 : slice->input.n_targets;
}
static inline uint32_t slice_states(const SliceProgram *slice)
{
    return slice->decoder ? 0 : slice->n_units;
}
static inline uint32_t slice_recurrent_scales(const SliceProgram *slice)
{
    return matrix_is_none(&slice->recurrent) ? 0 : slice->n_scales;
}

/* program_layers - layers without the decoder. */
static inline uint32_t program_layers(const Program *program)
{
    return program->n_layers - (program->has_decoder ? 1 : 0);
}

/* program_segment_bytes - of one token on a slice of the first layer. program_row_bytes - of one
 * unit on a slice of the decoder. program_dram_bytes - all that a slice has in DRAM.
 * program_chip_dram_bytes - all that a chip of the board holds. */
uint64_t program_segment_bytes(const SliceProgram *slice);
uint64_t program_row_bytes(const Program *program, const SliceProgram *slice);
uint64_t program_dram_bytes(const Program *program, const SliceProgram *slice);
uint64_t program_chip_dram_bytes(const Program *program, const Chip *chip, uint32_t chip_id);

/* program_place_dram - give a slice its place in the DRAM's part of the Program, from *next on. */
void program_place_dram(const Program *program, SliceProgram *slice, uint64_t *next);

/* program_seal - set program->hash from the content. */
void program_seal(Program *program);

/* program_check_on - every invariant above against the chip of the topology: ids and offsets in
 * range, images within memory, rows and indices sorted and in range, orders of units
 * permutations, each unit of each layer on exactly one core, key blocks disjoint, and tables
 * that lead every key exactly where the slices need it, over allowed turns. Errors: INPUT.
 * program_check - the same where there is no topology at hand. */
Status program_check_on(const Program *program, const Topology *topology, Err *err);
Status program_check(const Program *program, const Chip *chip, Err *err);

/* program_save, program_load - the `.egp` file: little-endian, versioned, checksummed. Load
 * refuses truncated, damaged and foreign files (INPUT) and runs all checks that need no chip. */
Status program_save(Arena *scratch, const Program *program, const char *path, Err *err);
Status program_load(Arena *arena, const char *path, const Program **out, Err *err);

/* Readers of an image at any alignment, little-endian: here, because every weight is read through
 * them several times in a compilation. */
static inline uint32_t image_u32(const uint8_t *image, uint64_t offset)
{
    const uint8_t *at = image + offset;
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline float image_f32(const uint8_t *image, uint64_t offset)
{
    uint32_t bits = image_u32(image, offset);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static inline uint32_t image_index(const uint8_t *image, uint64_t offset, uint32_t index_bytes,
                                   uint64_t i)
{
    const uint8_t *at = image + offset + i * index_bytes;
    if (index_bytes == 1)
        return at[0];
    if (index_bytes == 2)
        return (uint32_t)at[0] | (uint32_t)at[1] << 8;
    return image_u32(at, 0);
}

/* image_scale - number i of n int8 scales. */
FixedScale image_scale(const uint8_t *image, uint64_t offset, uint32_t n, uint64_t i);

#ifdef __cplusplus
}
#endif
#endif

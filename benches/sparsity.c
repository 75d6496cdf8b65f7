/* sparsity.c - how much of the multiplicative law of weight and activity sparsity is realised in
 * time and energy, and where a dense run on the MAC arrays wins.
 *
 *   sparsity [--precision fp32|bf16|int8] [--csv FILE] [--densities X,..] [--activities X,..]
 *
 * The law (arXiv:2311.07625; E = (1 - s)(D_in + a D_rest) for weight sparsity s and activity a, the
 * input dense): MACs of a token fall by both at once. The published EGRU's shape is swept over
 * densities 1 - s and activities on SpiNNaker2, source-major rows in every core, events applied as
 * they come. Each point stands against the same at density 1 and activity 1: by how much the law
 * says that MACs fall, by how much time and energy really fall, and what share of the law that is.
 * Then, at each activity, the dense network on the MAC arrays (int8): the density below which the
 * sparse run is better. Last the published point, and the dense baselines of the papers' LSTM.
 *
 * Points that do not fit the cores' memory are run with more memory a core, and marked. As their
 * weights would really come from DRAM every token, the MAC arrays stand a second time with the
 * least that this takes: the time of the transfer and its energy, all else hidden behind it.
 * Tables go to the screen, all figures to --csv. scripts/sparsity.py makes docs/sparsity.md of it.
 *
 * Cost: a minute or two of CPU time, most of it the compilation of the dense networks.
 */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sparsity_point.h"

enum { MAX_VALUES = 16, MAX_POINTS = MAX_VALUES * MAX_VALUES, EGRU_GATES = 3, LSTM_GATES = 4 };

static const Shape PUBLISHED = {"published", 4, {750, 1350, 1350, 750}};
static const Shape BASELINE = {"baseline", 4, {400, 1150, 1150, 400}}; /* AWD-LSTM's sizes */
static const double PUBLISHED_DENSITY = 0.15, PUBLISHED_ACTIVITY = 0.2375;

typedef struct Values {
    uint32_t n;
    double value[MAX_VALUES]; /* descending, the first is 1 */
} Values;

typedef struct Options {
    Precision precision;
    const char *csv;
    Values density, activity;
} Options;

typedef struct Sweep {
    Machines machines;
    const Options *options;
    FILE *csv;               /* or NULL */
    Point point[MAX_POINTS]; /* [density][activity], format source        */
    Point array[MAX_VALUES]; /* [activity], density 1, on the MAC arrays      */
} Sweep;

static const Point *base_of(const Sweep *sweep)
{
    return &sweep->point[0];
}

/* ---- reading ---- */

static bool read_values(const char *text, Values *out)
{
    out->n = 0;
    for (const char *at = text; out->n < MAX_VALUES;) {
        char *end;
        const double x = strtod(at, &end);
        const bool first = out->n == 0;
        if (end == at || !(x > 0) || (first ? x != 1 : x >= out->value[out->n - 1]))
            return false;
        out->value[out->n++] = x;
        if (*end == '\0')
            return true;
        if (*end != ',')
            return false;
        at = end + 1;
    }
    return false;
}

static bool read_options(int n_words, char **word, Options *out)
{
    *out = (Options){.precision = PRECISION_INT8};
    read_values("1,0.5,0.25,0.15,0.05,0.02,0.005", &out->density);
    read_values("1,0.5,0.2375,0.1,0.05,0.02", &out->activity);
    for (int i = 1; i + 1 < n_words; i += 2) {
        const char *value = word[i + 1];
        bool good = false;
        if (strcmp(word[i], "--precision") == 0)
            good = precision_find(value, &out->precision);
        else if (strcmp(word[i], "--csv") == 0)
            good = (out->csv = value) != NULL;
        else if (strcmp(word[i], "--densities") == 0)
            good = read_values(value, &out->density);
        else if (strcmp(word[i], "--activities") == 0)
            good = read_values(value, &out->activity);
        if (!good)
            return false;
    }
    return n_words % 2 == 1;
}

/* ---- printing ---- */

static void print_csv_head(FILE *csv)
{
    fputs("network,precision,format,density,activity,steps,cores,share_cores,fits,fullest_core_"
          "bytes,macs_law,"
          "macs_counted,latency_us,energy_uj,mac_array_uj,noc_uj,state_uj,law_reduction,"
          "time_reduction,energy_reduction",
          csv);
#define X(NAME, name) fputs("," #name "_share", csv);
    CYCLE_SHARE_LIST(X)
#undef X
    fputc('\n', csv);
}

/* How many times less than at density 1 and activity 1 on the cores: MACs by the law, time and
 * energy as they came out. */
typedef struct Gains {
    double law, time, energy;
} Gains;

static Gains gains_of(const Shape *shape, const Point *base, const Point *point)
{
    return (Gains){shape_dense_macs(shape, EGRU_GATES) /
                       shape_law_macs(shape, EGRU_GATES, point->density, point->activity),
                   base->latency_us / point->latency_us, base->energy_uj / point->energy_uj};
}

static void print_csv(const Sweep *sweep, const Shape *shape, const Point *base, const Point *point,
                      const char *format)
{
    if (sweep->csv == NULL)
        return;
    const bool array = point->format == FORMAT_DENSE_MLA;
    const Gains gains = gains_of(shape, base, point);
    fprintf(sweep->csv, "%s,%s,%s,%g,%g,%" PRIu32 ",%" PRIu32 ",%d,%d,%" PRIu64 ",%.0f,%.0f",
            shape->name, precision_name(array ? PRECISION_INT8 : sweep->options->precision), format,
            point->density, point->activity, point->n_steps, point->n_cores, point->share_cores,
            point->fits, point->fullest_bytes,
            shape_law_macs(shape, EGRU_GATES, point->density, point->activity), point->macs);
    fprintf(sweep->csv, ",%.2f,%.3f,%.3f,%.3f,%.3f,%.4f,%.4f,%.4f", point->latency_us,
            point->energy_uj, point->array_uj, point->noc_uj, point->state_uj, gains.law,
            gains.time, gains.energy);
    for (uint32_t i = 0; i < N_CYCLE_SHARES; i++)
        fprintf(sweep->csv, ",%.4f", point->share[i]);
    fputc('\n', sweep->csv);
}

static void print_head(void)
{
    puts("               MACs a token, millions        latency              energy          "
         "cycles of the cores, %\n"
         "density  act.     law  counted   less       us    less share       uJ    less share"
         "  weights packets update array stall  idle");
}

static void print_cycles(const Point *point)
{
    static const char *const form[N_CYCLE_SHARES] = {" %8.1f", " %7.1f", " %6.1f",
                                                     " %5.1f", " %5.1f", " %5.1f"};
    for (uint32_t i = 0; i < N_CYCLE_SHARES; i++)
        printf(form[i], 100 * point->share[i]);
    putchar('\n');
    fflush(stdout);
}

/* The share is that of what the law promises. */
static void print_point(const Point *base, const Point *point)
{
    const Gains gains = gains_of(&PUBLISHED, base, point);
    const double law = shape_law_macs(&PUBLISHED, EGRU_GATES, point->density, point->activity);
    printf("%6g%c %6g %7.3f %8.3f %5.0fx %8.1f %6.1fx %3.0f %% %8.1f %6.1fx %3.0f %%",
           point->density, point->fits ? ' ' : '*', point->activity, law * 1e-6, point->macs * 1e-6,
           gains.law, point->latency_us, gains.time, 100 * gains.time / gains.law, point->energy_uj,
           gains.energy, 100 * gains.energy / gains.law);
    print_cycles(point);
}

/* The arrays multiply all weights, zeros too: no law. */
static void print_array_point(const Point *base, const Point *point)
{
    const Gains gains = gains_of(&PUBLISHED, base, point);
    const double macs = shape_dense_macs(&PUBLISHED, EGRU_GATES) * 1e-6;
    printf("%6g%c %6g %7.3f %8.3f %5.0fx %8.1f %6.1fx %5s %8.1f %6.1fx %5s", point->density,
           point->fits ? ' ' : '*', point->activity, macs, macs, 1.0, point->latency_us, gains.time,
           "-", point->energy_uj, gains.energy, "-");
    print_cycles(point);
}

/* ---- the sweep ---- */

static Status run_row(Sweep *sweep, uint32_t d, Err *err)
{
    const Values *activity = &sweep->options->activity;
    const double density = sweep->options->density.value[d];
    const Network *network;
    Arena *arena = arena_new();
    Status status =
        shape_network(arena, &PUBLISHED, density, sweep->options->precision, &network, err);
    for (uint32_t a = 0; a < activity->n && status == STATUS_OK; a++) {
        Point *point = &sweep->point[d * MAX_VALUES + a];
        *point =
            (Point){.density = density, .activity = activity->value[a], .format = FORMAT_SOURCE};
        status = point_run(&sweep->machines, network, point, err);
        if (status != STATUS_OK)
            break;
        print_point(base_of(sweep), point);
        print_csv(sweep, &PUBLISHED, base_of(sweep), point, "source");
    }
    arena_free(arena);
    return status;
}

static Status run_array(Sweep *sweep, Err *err)
{
    const Values *activity = &sweep->options->activity;
    const Network *network;
    Arena *arena = arena_new();
    Status status = shape_network(arena, &PUBLISHED, 1, PRECISION_INT8, &network, err);
    for (uint32_t a = 0; a < activity->n && status == STATUS_OK; a++) {
        Point *point = &sweep->array[a];
        *point = (Point){.density = 1, .activity = activity->value[a], .format = FORMAT_DENSE_MLA};
        status = point_run(&sweep->machines, network, point, err);
        if (status != STATUS_OK)
            break;
        print_array_point(base_of(sweep), point);
        print_csv(sweep, &PUBLISHED, base_of(sweep), point, "dense-mla");
    }
    arena_free(arena);
    return status;
}

/* ---- against the MAC arrays ---- */

/* The dense run with its weights, a byte each, from DRAM: the transfer's time if that is longer,
 * its bits, and the state power of cores and chip over what is added. */
static Point streamed(const Chip *chip, const Point *point, double n_weights)
{
    Point out = *point;
    const double transfer_us = n_weights / chip->dram.effective_bytes_per_second.value * 1e6;
    const double bits_uj = n_weights * 8 * chip->energy.dram_bit_pj.value * 1e-6;
    out.latency_us = fmax(point->latency_us, transfer_us);
    out.state_uj = point->state_uj * out.latency_us / point->latency_us;
    out.energy_uj = point->energy_uj - point->state_uj + out.state_uj + bits_uj;
    return out;
}

/* Density at which the sparse run costs as much, between those that were run, by straight lines in
 * logarithms; 0: none did, 1: all do. */
static double break_even(const Sweep *sweep, uint32_t a, double cost, bool energy)
{
    const Values *density = &sweep->options->density;
    double last = 0;
    for (uint32_t d = 0; d < density->n; d++) {
        const Point *point = &sweep->point[d * MAX_VALUES + a];
        const double now = energy ? point->energy_uj : point->latency_us;
        if (now <= cost && d == 0)
            return 1;
        if (now <= cost) {
            const double part = log(last / cost) / log(last / now);
            return exp(log(density->value[d - 1]) * (1 - part) + log(density->value[d]) * part);
        }
        last = now;
    }
    return 0;
}

static void print_density(double density, double smallest)
{
    if (density == 0)
        printf("  < %-5g", smallest);
    else if (density == 1)
        printf("      any");
    else
        printf(" %8.4f", density);
}

static void print_array_head(const Chip *chip)
{
    const Cost *rate = &chip->dram.effective_bytes_per_second;
    printf("\nDense int8 network on the MAC arrays: the density below which the sparse run is "
           "better\n"
           "(DRAM: at least what %.2f MB at %g GB/s [%g .. %g] and %g pJ a bit take)\n"
           "           weights on the chip (*)                 weights from DRAM each token\n"
           "  act.       us       uJ   by time  by energy       us       uJ   by time  by energy\n",
           shape_dense_macs(&PUBLISHED, EGRU_GATES) * 1e-6, rate->value * 1e-9, rate->low * 1e-9,
           rate->high * 1e-9, chip->energy.dram_bit_pj.value);
}

static void compare_array(const Sweep *sweep)
{
    const Values *density = &sweep->options->density, *activity = &sweep->options->activity;
    const double smallest = density->value[density->n - 1];
    const Chip *chip = sweep->machines.chip;
    print_array_head(chip);
    for (uint32_t a = 0; a < activity->n; a++) {
        const Point *here = &sweep->array[a];
        const Point dram = streamed(chip, here, shape_dense_macs(&PUBLISHED, EGRU_GATES));
        const Point *const way[] = {here, &dram};
        printf("%6g", here->activity);
        for (uint32_t i = 0; i < 2; i++) {
            printf(" %8.1f %8.1f ", way[i]->latency_us, way[i]->energy_uj);
            print_density(break_even(sweep, a, way[i]->latency_us, false), smallest);
            print_density(break_even(sweep, a, way[i]->energy_uj, true), smallest);
            if (i == 0)
                fputs("  ", stdout);
        }
        putchar('\n');
        print_csv(sweep, &PUBLISHED, base_of(sweep), &dram, "dense-mla-from-dram");
    }
}

/* ---- baselines and the published point ---- */

static Status run_baseline(Sweep *sweep, WeightFormat format, Precision precision, Point *out,
                           Err *err)
{
    const Network *network;
    Arena *arena = arena_new();
    *out = (Point){.density = 1, .activity = 1, .format = format};
    Status status = shape_network(arena, &BASELINE, 1, precision, &network, err);
    if (status == STATUS_OK)
        status = point_run(&sweep->machines, network, out, err);
    arena_free(arena);
    return status;
}

static const Point *published_point(const Sweep *sweep)
{
    for (uint32_t i = 0; i < MAX_POINTS; i++)
        if (sweep->point[i].density == PUBLISHED_DENSITY &&
            sweep->point[i].activity == PUBLISHED_ACTIVITY)
            return &sweep->point[i];
    return NULL;
}

static Status compare_baselines(Sweep *sweep, Err *err)
{
    Point core, array;
    TRY(run_baseline(sweep, FORMAT_SOURCE, sweep->options->precision, &core, err));
    TRY(run_baseline(sweep, FORMAT_DENSE_MLA, PRECISION_INT8, &array, err));
    print_csv(sweep, &BASELINE, &core, &core, "source");
    print_csv(sweep, &BASELINE, &core, &array, "dense-mla");
    const double gru = shape_dense_macs(&BASELINE, EGRU_GATES);
    const double lstm = shape_dense_macs(&BASELINE, LSTM_GATES);
    const double law =
        shape_law_macs(&PUBLISHED, EGRU_GATES, PUBLISHED_DENSITY, PUBLISHED_ACTIVITY);
    printf("\nDense baseline 400-1150-1150-400: LSTM %.2f M MACs by its 4 gates; 3 gates (GRU) "
           "%.2f M.\n"
           "Times and energies are those of the EGRU of that shape, all weights and all events:\n"
           "  on the cores%c      %9.1f us %9.1f uJ\n  on the MAC arrays%c %9.1f us %9.1f uJ\n",
           lstm * 1e-6, gru * 1e-6, core.fits ? ' ' : '*', core.latency_us, core.energy_uj,
           array.fits ? ' ' : '*', array.latency_us, array.energy_uj);
    printf("\nThe published point, density %g and activity %g: the law gives %.3f of %.3f M MACs, "
           "%.2fx;\n"
           "%.1fx of the LSTM's.",
           PUBLISHED_DENSITY, PUBLISHED_ACTIVITY, law * 1e-6,
           shape_dense_macs(&PUBLISHED, EGRU_GATES) * 1e-6,
           shape_dense_macs(&PUBLISHED, EGRU_GATES) / law, lstm / law);
    const Point *point = published_point(sweep);
    if (point != NULL)
        printf(" Against the baseline on the cores %.1fx in time, %.1fx in energy;\n"
               "on the MAC arrays %.2fx and %.2fx.",
               core.latency_us / point->latency_us, core.energy_uj / point->energy_uj,
               array.latency_us / point->latency_us, array.energy_uj / point->energy_uj);
    putchar('\n');
    return STATUS_OK;
}

static Status run_all(Sweep *sweep, Err *err)
{
    printf(
        "EGRU 750-1350-1350-750 on %s, %s, rows by source; `share` is of what the law promises\n",
        sweep->machines.chip->name, precision_name(sweep->options->precision));
    print_head();
    for (uint32_t d = 0; d < sweep->options->density.n; d++)
        TRY(run_row(sweep, d, err));
    puts("\nThe dense network in int8 on the MAC arrays, which multiply zeros too; `less` is "
         "against the "
         "cores above");
    print_head();
    TRY(run_array(sweep, err));
    compare_array(sweep);
    TRY(compare_baselines(sweep, err));
    puts("* does not fit the cores' memory: run with more memory a core, all else the same");
    return STATUS_OK;
}

int main(int n_words, char **word)
{
    Options options;
    Err err = {.status = STATUS_OK};
    if (!read_options(n_words, word, &options)) {
        fprintf(stderr, "usage: sparsity [--precision fp32|bf16|int8] [--csv FILE]\n"
                        "                [--densities 1,X,..] [--activities 1,X,..]\n"
                        "both lists from 1 down\n");
        return STATUS_USAGE;
    }
    Arena *arena = arena_new();
    Sweep *sweep = ARENA_ARRAY(arena, Sweep, 1);
    sweep->options = &options;
    sweep->csv = options.csv != NULL ? fopen(options.csv, "w") : NULL;
    Status status = options.csv != NULL && sweep->csv == NULL
                        ? err_set(&err, STATUS_IO, "%s: cannot be written", options.csv)
                        : machines_load(arena, "spinnaker2", EGRET_SOURCE_DIR "/arch/chips",
                                        &sweep->machines, &err);
    if (sweep->csv != NULL)
        print_csv_head(sweep->csv);
    if (status == STATUS_OK)
        status = run_all(sweep, &err);
    if (sweep->csv != NULL && fclose(sweep->csv) != 0 && status == STATUS_OK)
        status = err_set(&err, STATUS_IO, "%s: cannot be written", options.csv);
    arena_free(arena);
    if (status != STATUS_OK)
        fprintf(stderr, "sparsity: %s\n", err.message);
    return (int)status;
}

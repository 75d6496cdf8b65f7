/* no_fit.c - the one error that most users of a compiler for small memories meet: it does not fit.
 *
 * Names the core, the memory, what fills it region by region (largest first), needed and available
 * bytes; the hint is the smallest number of cores that would do, found by fit_min_cores, so that
 * compiling with the hinted numbers succeeds, and what else would (no_fit_ways.c).
 */
#include "mapping.h"

#include <inttypes.h>
#include <string.h>

typedef struct Line { /* text built piece by piece; what is too long is cut */
    char text[ERR_HINT_BYTES];
    size_t n;
} Line;

static void line_add(Line *line, const char *text)
{
    size_t n = strlen(text);
    if (n > sizeof line->text - 1 - line->n)
        n = sizeof line->text - 1 - line->n;
    memcpy(line->text + line->n, text, n);
    line->n += n;
    line->text[line->n] = '\0';
}

/* "weights 43,740, indices 43,740, row pointers 10,808" */
static void add_regions(Line *line, const uint64_t *region_bytes, int memory)
{
    bool done[N_REGIONS] = {false};
    for (int n_done = 0; n_done < N_REGIONS; n_done++) {
        int largest = -1;
        for (int region = 0; region < N_REGIONS; region++)
            if (!done[region] && region_memory((Region)region) == memory &&
                (largest < 0 || region_bytes[region] > region_bytes[largest]))
                largest = region;
        if (largest < 0 || region_bytes[largest] == 0)
            break;
        done[largest] = true;
        char name[64];
        snprintf(name, sizeof name, "%s%s ", n_done > 0 ? ", " : "", region_name((Region)largest));
        for (char *c = name; *c != '\0'; c++)
            *c = *c == '_' ? ' ' : *c;
        line_add(line, name);
        line_add(line, number_text(region_bytes[largest]).text);
    }
}

static void add_slices(Line *line, const Mapping *mapping, const CoreUse *use)
{
    for (uint32_t i = 0; i < use->n_slices; i++) {
        const SliceProgram *slice = &mapping->slice[use->slice[i]];
        char text[256];
        if (slice->decoder) {
            snprintf(text, sizeof text, "%s%" PRIu32 " words of the decoder", i > 0 ? ", " : "",
                     slice->n_units);
            line_add(line, text);
            continue;
        }
        snprintf(text, sizeof text, "%s%" PRIu32 " units of %.60s in %s", i > 0 ? ", " : "",
                 slice->n_units, mapping->network->layer[slice->layer].name,
                 matrix_text(&slice->input).text);
        line_add(line, text);
        if (!same_format(&slice->input, &slice->recurrent)) {
            line_add(line, ", recurrent in ");
            line_add(line, matrix_text(&slice->recurrent).text);
        }
    }
}

static void add_counts(Line *line, const Mapping *mapping, const uint32_t *count)
{
    for (uint32_t l = 0; l < mapping->network->n_layers; l++) {
        char text[16];
        snprintf(text, sizeof text, "%s%" PRIu32, l > 0 ? "," : "", count[l]);
        line_add(line, text);
    }
}

/* The formats that the options leave open, as a reservation to the hint. */
static const char *formats_text(const CompileOptions *options)
{
    return options->format >= 0 || options->index_bits != 0 ? " in the format asked for" : "";
}

/* " It would fit with bf16 or int8 weights, or with at most 72.4 % of the weights." */
static Line ways_text(const Mapping *mapping)
{
    Line line = {{0}, 0};
    WaysToFit ways = ways_to_fit(mapping);
    char text[80];
    for (int p = 0; p < N_PRECISIONS; p++) {
        if (!ways.precision[p])
            continue;
        line_add(&line, line.n == 0 ? "; it would fit with " : " or ");
        line_add(&line, precision_name((Precision)p));
    }
    if (line.n > 0)
        line_add(&line, " weights");
    if (ways.weight_share > 0.0) {
        snprintf(text, sizeof text, "%s with at most %.1f %% of the weights",
                 line.n == 0 ? "; it would fit" : ", or", 100.0 * ways.weight_share);
        line_add(&line, text);
    }
    return line;
}

/* ", or 2 such chips" where more cores would do than there are. */
static Line chips_text(const Mapping *mapping, uint64_t n_cores)
{
    Line line = {{0}, 0};
    uint32_t usable = chip_usable_cores(mapping->chip);
    if (usable == 0 || n_cores <= usable)
        return line;
    char text[48];
    snprintf(text, sizeof text, ", those of %" PRIu64 " such %s", (n_cores + usable - 1) / usable,
             mapping->chip->fabric.n_chips > 1 ? "boards" : "chips");
    line_add(&line, text);
    return line;
}

static void hint_cores(Arena *scratch, const Mapping *mapping, Err *err)
{
    uint32_t *count = ARENA_ARRAY(scratch, uint32_t, mapping->network->n_layers);
    uint32_t hopeless = 0, usable = chip_usable_cores(mapping->chip);
    uint64_t total = fit_min_cores(scratch, mapping, count, &hopeless);
    const char *formats = formats_text(mapping->options);
    if (total == 0 && options_share_cores(mapping->options)) {
        err_hint(
            err,
            "no number of shared cores would do%s: not even one unit of each layer fits a core",
            formats);
        return;
    }
    if (total == 0) {
        err_hint(err, "no number of cores would do%s: not even one unit of %.100s fits a core",
                 formats, mapping->network->layer[hopeless].name);
        return;
    }
    Line counts = {{0}, 0};
    add_counts(&counts, mapping, count);
    if (total > usable)
        err_hint(err,
                 "no number of cores up to the chip's %" PRIu32 " usable ones would do%s; "
                 "it takes at least %" PRIu64 " (by layer: %s)%s%s",
                 usable, formats, total, counts.text, chips_text(mapping, total).text,
                 ways_text(mapping).text);
    else
        err_hint(err, "at least %" PRIu64 " cores would do%s (by layer: %s)%s", total, formats,
                 counts.text, ways_text(mapping).text);
}

Status fit_error(Arena *scratch, const Mapping *mapping, const CoreUse *use, Err *err)
{
    int memory = memory_bytes(use->region_bytes, 1) > memory_available(mapping->chip, 1) ? 1 : 0;
    Line regions = {{0}, 0}, slices = {{0}, 0};
    add_regions(&regions, use->region_bytes, memory);
    add_slices(&slices, mapping, use);
    err_set(err, STATUS_NO_FIT,
            "core %" PRIu32
            ": %s memory does not fit: %s bytes needed, %s available (%s); it holds %s",
            use->core, memory == 1 ? "data" : "system",
            number_text(memory_bytes(use->region_bytes, memory)).text,
            number_text(memory_available(mapping->chip, memory)).text, regions.text, slices.text);
    if (mapping->layers != NULL) {
        err_hint(err, "a decoder on the host takes no memory of the cores");
        return STATUS_NO_FIT;
    }
    hint_cores(scratch, mapping, err);
    return STATUS_NO_FIT;
}

/* options.c - refuse options that contradict the network or the chip, and networks that cannot be
 * split.
 *
 * Runs before any pass, so the passes may take the options for granted. What only a pass can know
 * (the placement strategies, how narrow an index may be) is refused there.
 */
#include "mapping.h"

#include <inttypes.h>
#include <string.h>

static Status check_cells(const Network *network, Err *err)
{
    for (uint32_t l = 0; l < network->n_layers; l++) {
        const Layer *layer = &network->layer[l];
        if (layer->cell->distributed)
            continue;
        err_set(
            err, STATUS_UNSUPPORTED,
            "layer %.100s: cell %s cannot be split over cores: the reset gate of a source unit is "
            "needed before its event can be weighted",
            layer->name, layer->cell->name);
        err_hint(err, "cell egru computes its reset gate at the target unit and can be compiled");
        return STATUS_UNSUPPORTED;
    }
    return STATUS_OK;
}

bool options_share_cores(const CompileOptions *options)
{
    return options->share_cores ||
           (options->split != NULL && strcmp(options->split, "shared") == 0);
}

static Status check_core_counts(const Chip *chip, const Network *network,
                                const CompileOptions *options, Err *err)
{
    if (options->n_core_counts == 0)
        return STATUS_OK;
    if (options->n_core_counts != network->n_layers)
        return err_set(err, STATUS_USAGE,
                       "cores are given for %" PRIu32 " layers, the network has %" PRIu32,
                       options->n_core_counts, network->n_layers);
    uint64_t total = 0;
    bool share = options_share_cores(options);
    for (uint32_t l = 0; l < network->n_layers; l++) {
        uint32_t count = options->core_count[l], n_units = network->layer[l].n_units;
        if (count == 0 || count > n_units)
            return err_set(err, STATUS_USAGE,
                           "%" PRIu32 " cores are asked for layer %.100s; it can take 1 to %" PRIu32
                           ", one for each unit",
                           count, network->layer[l].name, n_units);
        total = !share ? total + count : count > total ? count : total;
    }
    if (total <= chip_usable_cores(chip))
        return STATUS_OK;
    err_set(err, STATUS_USAGE,
            "%" PRIu64 " cores are asked for, chip %.100s has %" PRIu32 " usable ones", total,
            chip->name, chip_usable_cores(chip));
    err_hint(err, "grid.usable_cores is a value of the chip and can be set, up to %" PRIu32,
             chip_cores_per_chip(chip));
    return STATUS_USAGE;
}

static Status check_dump(const CompileOptions *options, Err *err)
{
    const PassName *pass;
    uint32_t n_passes = compile_passes(&pass);
    for (const char *letter = options->dump; letter != NULL && *letter != '\0'; letter++) {
        uint32_t i = 0;
        while (i < n_passes && pass[i].letter != *letter)
            i++;
        if (i < n_passes)
            continue;
        char names[256] = "";
        for (i = 0; i < n_passes; i++) {
            size_t n = strlen(names);
            snprintf(names + n, sizeof names - n, "%s%c %s", i > 0 ? ", " : "", pass[i].letter,
                     pass[i].name);
        }
        return err_set(err, STATUS_USAGE, "no pass has the letter '%c'; there are: %s", *letter,
                       names);
    }
    return STATUS_OK;
}

/* A format by name must suit the weights and the chip. */
static Status check_format(const Chip *chip, const Network *network, const CompileOptions *options,
                           Err *err)
{
    if (options->format < 0)
        return STATUS_OK;
    const char *name = format_name((WeightFormat)options->format);
    if (options->index_bits != 0 && !format_has_indices((WeightFormat)options->format))
        return err_set(err, STATUS_USAGE,
                       "%" PRIu32 "-bit indices are asked for in %s format, which has none",
                       options->index_bits, name);
    if (options->format != FORMAT_DENSE_MLA)
        return STATUS_OK;
    if (network->precision != PRECISION_INT8) {
        err_set(err, STATUS_USAGE, "%s format holds int8 weights; network %.100s has %s", name,
                network->name, precision_name(network->precision));
        err_hint(err, "quantize the network to int8");
        return STATUS_USAGE;
    }
    if (!has_mac_array(chip))
        return err_set(err, STATUS_USAGE,
                       "%s format needs a MAC array; the cores of chip %.100s have none", name,
                       chip->name);
    return STATUS_OK;
}

Status options_check(const Chip *chip, const Network *network, const CompileOptions *options,
                     Err *err)
{
    TRY(check_cells(network, err));
    if (network->decoder_on_chip &&
        (cost_count(&chip->dram.bytes) == 0 || !(chip->dram.effective_bytes_per_second.value >= 1)))
        return err_set(err, STATUS_UNSUPPORTED,
                       "chip %.100s has no DRAM that can be read; expected one for the rows of the "
                       "decoder",
                       chip->name);
    TRY(check_core_counts(chip, network, options, err));
    if (options->format < -1 || options->format >= N_FORMATS)
        return err_set(err, STATUS_USAGE,
                       "weight format %" PRId32
                       " does not exist; expected 0 (source) to %d (%s) or -1 "
                       "(choose)",
                       options->format, N_FORMATS - 1, format_name(N_FORMATS - 1));
    TRY(check_format(chip, network, options, err));
    if (options->objective < 0 || options->objective >= N_OBJECTIVES)
        return err_set(err, STATUS_USAGE, "objective %d does not exist; expected 0 to %d",
                       (int)options->objective, N_OBJECTIVES - 1);
    if (options->point > 0 && options->point >= chip->n_points)
        return err_set(err, STATUS_USAGE,
                       "operating point %" PRIu32 " does not exist; chip %.100s has %" PRIu32,
                       options->point, chip->name, chip->n_points);
    TRY(rates_check(network, options->rates, err));
    uint32_t bits = options->index_bits;
    if (bits != 0 && bits != 8 && bits != 16 && bits != 32)
        return err_set(err, STATUS_USAGE,
                       "%" PRIu32 "-bit indices do not exist; expected 8, 16, 32 or 0 (narrowest)",
                       bits);
    return check_dump(options, err);
}

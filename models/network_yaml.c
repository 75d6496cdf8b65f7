/* network_yaml.c - reads and writes network.yaml; its keys are described in docs/formats.md.
 *
 * Takes a folder, makes a draft: shapes, rules and texts, no arrays yet. Unknown and missing keys
 * and impossible values are refused by base/yaml_doc with file, line and what was expected; this
 * file adds what ties keys together (a decoder needs an embedding, a tied one equal widths,
 * reset_steps needs `carry: events`). Numbers are written so that they read back equal. Cost:
 * O(file).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/utf8.h"
#include "base/yaml_doc.h"
#include "network_private.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const char *const network_threshold_forms[3] = {"value", "sigmoid", "plain"};
const char *const network_carry_rules[2] = {"full", "events"};

/* The file says what it is; another version is refused. */
static Status read_format(const YamlNode *root, Err *err)
{
    static const char *const FORMATS[] = {NETWORK_FORMAT};
    unsigned choice;
    uint32_t version;
    TRY(yaml_choice(root, "format", FORMATS, COUNT(FORMATS), &choice, err));
    return yaml_u32(root, "version", NETWORK_VERSION, NETWORK_VERSION, &version, err);
}

/* The vocabulary must lie in the folder itself: a network is one folder that can be moved. */
static Status read_embedding(const YamlNode *root, NetworkDraft *draft, Err *err)
{
    static const char *const KEYS[] = {"words", "vocabulary"};
    if (yaml_find(root, "embedding") == NULL)
        return STATUS_OK;
    const YamlNode *map;
    TRY(yaml_need(root, "embedding", YAML_MAP, &map, err));
    TRY(yaml_only(map, KEYS, COUNT(KEYS), err));
    TRY(yaml_u32(map, "words", 1, NETWORK_MAX_WIDTH, &draft->network.n_words, err));
    const YamlNode *file = yaml_find(map, "vocabulary");
    if (file == NULL)
        return STATUS_OK;
    TRY(yaml_as_text(file, &draft->vocabulary_file, err));
    const char *name = draft->vocabulary_file;
    if (name[0] == '\0' || name[0] == '.' || strchr(name, '/') != NULL)
        return yaml_fail(file, err,
                         "'%s' is not a file name; expected a file in the network's folder", name);
    return STATUS_OK;
}

/* Comes after layers, because a tied decoder must be as wide as the last one. */
static Status read_decoder(const YamlNode *root, NetworkDraft *draft, Err *err)
{
    static const char *const KEYS[] = {"tied"};
    const Network *network = &draft->network;
    if (yaml_find(root, "decoder") == NULL)
        return STATUS_OK;
    const YamlNode *map, *tied;
    TRY(yaml_need(root, "decoder", YAML_MAP, &map, err));
    TRY(yaml_only(map, KEYS, COUNT(KEYS), err));
    TRY(yaml_need(map, "tied", YAML_SCALAR, &tied, err));
    TRY(yaml_as_bool(tied, &draft->tied, err));
    if (network->n_words == 0)
        return yaml_fail(map, err,
                         "a decoder without an embedding; expected the key 'embedding' too");
    uint32_t width = draft->layer[network->n_layers - 1].n_units;
    if (draft->tied && width != network->n_inputs)
        return yaml_fail(tied, err,
                         "a tied decoder of a last layer with %" PRIu32 " units; expected %" PRIu32
                         ", the width of the embedding",
                         width, network->n_inputs);
    draft->network.has_decoder = true;
    return STATUS_OK;
}

/* reset_steps without a meaning is refused rather than ignored. */
static Status read_state(const YamlNode *root, Network *network, Err *err)
{
    static const char *const KEYS[] = {"carry", "reset_steps"};
    const YamlNode *map;
    unsigned carry;
    TRY(yaml_need(root, "state", YAML_MAP, &map, err));
    TRY(yaml_only(map, KEYS, COUNT(KEYS), err));
    TRY(yaml_choice(map, "carry", network_carry_rules, COUNT(network_carry_rules), &carry, err));
    network->carry = (CarryRule)carry;
    if (network->carry == CARRY_EVENTS)
        return yaml_u32(map, "reset_steps", 1, NETWORK_MAX_RESET_STEPS, &network->reset_steps, err);
    const YamlNode *reset = yaml_find(map, "reset_steps");
    return reset == NULL ? STATUS_OK
                         : yaml_fail(reset, err,
                                     "has no meaning here; expected it with 'carry: events' only");
}

/* An optional number of 0 to 1. */
static Status read_share(const YamlNode *map, const char *key, double fallback, double *out,
                         Err *err)
{
    const YamlNode *node = yaml_find(map, key);
    *out = fallback;
    return node == NULL ? STATUS_OK : yaml_as_real(node, 0, 1, out, err);
}

/* The number that cells of the layer's kind have; another kind's is refused. */
static Status read_parameter(const YamlNode *map, Layer *layer, Err *err)
{
    static const char *const NAMES[] = {"zoneout", "beta"};
    const char *own = layer->cell->parameter;
    double value = 0;
    for (size_t i = 0; i < COUNT(NAMES); i++) {
        const YamlNode *node = yaml_find(map, NAMES[i]);
        if (node != NULL && strcmp(NAMES[i], own) != 0)
            return yaml_fail(node, err, "has no meaning for cell %s; expected %s, if any",
                             layer->cell->name, own);
    }
    TRY(layer->cell->has_default ? read_share(map, own, 0, &value, err)
                                 : yaml_real(map, own, 0, 1, &value, err));
    layer->parameter = (float)value;
    return STATUS_OK;
}

/* A number of an optional key; `fallback` without it. */
static Status read_size(const YamlNode *map, const char *key, uint32_t min, uint32_t fallback,
                        uint32_t *out, Err *err)
{
    *out = fallback;
    return yaml_find(map, key) == NULL ? STATUS_OK
                                       : yaml_u32(map, key, min, NETWORK_MAX_SIDE, out, err);
}

/* How the layer's input matrix follows from filters: shapes that suit the layer's sources and
 * units. */
static Status read_convolution(Arena *arena, const YamlNode *layer_map, Layer *layer, Err *err)
{
    static const char *const KEYS[] = {"channels", "height", "width",  "pool",
                                       "kernel",   "stride", "padding"};
    const YamlNode *map;
    if (yaml_find(layer_map, "convolution") == NULL)
        return STATUS_OK;
    TRY(yaml_need(layer_map, "convolution", YAML_MAP, &map, err));
    TRY(yaml_only(map, KEYS, COUNT(KEYS), err));
    Convolution *made = ARENA_ARRAY(arena, Convolution, 1);
    TRY(yaml_u32(map, "channels", 1, NETWORK_MAX_WIDTH, &made->channels, err));
    TRY(yaml_u32(map, "height", 1, NETWORK_MAX_SIDE, &made->height, err));
    TRY(yaml_u32(map, "width", 1, NETWORK_MAX_SIDE, &made->width, err));
    TRY(yaml_u32(map, "kernel", 1, NETWORK_MAX_SIDE, &made->kernel, err));
    TRY(read_size(map, "pool", 1, 1, &made->pool, err));
    TRY(read_size(map, "stride", 1, 1, &made->stride, err));
    TRY(read_size(map, "padding", 0, 0, &made->padding, err));
    if ((uint64_t)made->channels * made->height * made->width != layer->n_inputs)
        return yaml_fail(map, err,
                         "%" PRIu32 " x %" PRIu32 " x %" PRIu32 " sources; expected %" PRIu32
                         " in all, the width of what stands before it",
                         made->channels, made->height, made->width, layer->n_inputs);
    const char *why = convolution_size(made);
    if (why != NULL)
        return yaml_fail(map, err, "there is no such convolution: %s", why);
    const uint32_t n_outputs = made->out_height * made->out_width;
    if (layer->n_units % n_outputs != 0)
        return yaml_fail(yaml_find(layer_map, "units"), err,
                         "%" PRIu32 " units; expected %" PRIu32 " x %" PRIu32
                         " of each output channel, by the convolution",
                         layer->n_units, made->out_height, made->out_width);
    made->n_filters = layer->cell->n_gates * (layer->n_units / n_outputs);
    convolution_places(arena, made);
    layer->convolution = made;
    return STATUS_OK;
}

static Status read_layer(Arena *arena, const YamlNode *map, uint32_t n_inputs, Layer *layer,
                         Err *err)
{
    static const char *const KEYS[] = {"name",    "cell", "units",    "threshold",
                                       "zoneout", "beta", "activity", "convolution"};
    if (map->kind != YAML_MAP)
        return yaml_fail(map, err, "is not a map; expected name, cell, units, threshold");
    TRY(yaml_only(map, KEYS, COUNT(KEYS), err));
    const char *const *cells;
    const uint32_t n_cells = cell_names(&cells);
    unsigned cell, form;
    TRY(yaml_text(map, "name", &layer->name, err));
    TRY(yaml_choice(map, "cell", cells, n_cells, &cell, err));
    layer->cell = cell_find(cells[cell]);
    layer->n_inputs = n_inputs;
    TRY(yaml_u32(map, "units", 1, NETWORK_MAX_WIDTH, &layer->n_units, err));
    TRY(yaml_choice(map, "threshold", network_threshold_forms, COUNT(network_threshold_forms),
                    &form, err));
    layer->threshold_form = (ThresholdForm)form;
    TRY(read_parameter(map, layer, err));
    TRY(read_convolution(arena, map, layer, err));
    return read_share(map, "activity", -1, &layer->activity, err);
}

/* Layers in order; the width of each is the input of the next. */
static Status read_layers(Arena *arena, const YamlNode *root, NetworkDraft *draft, Err *err)
{
    Network *network = &draft->network;
    const YamlNode *list;
    TRY(yaml_need(root, "layers", YAML_LIST, &list, err));
    if (list->n_items == 0)
        return yaml_fail(list, err, "is empty; expected at least one layer");
    network->n_layers = list->n_items;
    draft->layer = ARENA_ARRAY(arena, Layer, list->n_items);
    network->layer = draft->layer;
    uint32_t width = network->n_inputs;
    for (uint32_t i = 0; i < list->n_items; i++) {
        TRY(read_layer(arena, list->item[i], width, &draft->layer[i], err));
        width = draft->layer[i].n_units;
    }
    return STATUS_OK;
}

/* The entries of an optional map as texts; numbers only if asked. */
static Status read_texts(Arena *arena, const YamlNode *root, const char *key, bool numbers,
                         const NamedText **out, uint32_t *n_out, Err *err)
{
    if (yaml_find(root, key) == NULL)
        return STATUS_OK;
    const YamlNode *map;
    TRY(yaml_need(root, key, YAML_MAP, &map, err));
    NamedText *texts = ARENA_ARRAY(arena, NamedText, map->n_items);
    for (uint32_t i = 0; i < map->n_items; i++) {
        double number;
        texts[i].name = map->key[i];
        if (numbers) {
            TRY(yaml_as_real(map->item[i], -1e300, 1e300, &number, err));
            texts[i].text = map->item[i]->text;
        } else {
            TRY(yaml_as_text(map->item[i], &texts[i].text, err));
        }
    }
    *out = texts;
    *n_out = map->n_items;
    return STATUS_OK;
}

Status network_yaml_load(Arena *arena, const char *folder, NetworkDraft *out, Err *err)
{
    static const char *const KEYS[] = {"format", "version",    "name",    "description",
                                       "inputs", "embedding",  "decoder", "state",
                                       "layers", "provenance", "accuracy"};
    *out = (NetworkDraft){0};
    Network *network = &out->network;
    YamlNode *root;
    TRY(yaml_load(arena, file_join(arena, folder, NETWORK_YAML), &root, err));
    if (root->kind != YAML_MAP)
        return yaml_fail(root, err, "is not a map; expected the keys of a network");
    TRY(yaml_only(root, KEYS, COUNT(KEYS), err));
    TRY(read_format(root, err));
    TRY(yaml_text(root, "name", &network->name, err));
    network->description = "";
    if (yaml_find(root, "description") != NULL)
        TRY(yaml_text(root, "description", &network->description, err));
    TRY(yaml_u32(root, "inputs", 1, NETWORK_MAX_WIDTH, &network->n_inputs, err));
    TRY(read_embedding(root, out, err));
    TRY(read_layers(arena, root, out, err));
    TRY(read_decoder(root, out, err));
    TRY(read_state(root, network, err));
    TRY(read_texts(arena, root, "provenance", false, &network->provenance, &network->n_provenance,
                   err));
    return read_texts(arena, root, "accuracy", true, &network->accuracy, &network->n_accuracy, err);
}

/* The code point of a valid sequence. */
static uint32_t code_point(const char *text, size_t length)
{
    static const uint32_t LEAD_MASK[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    uint32_t code = (uint8_t)text[0] & LEAD_MASK[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((uint8_t)text[i] & 0x3fu);
    return code;
}

/* YAML's line breaks, byte-order marks and what it calls not printable. */
static bool needs_escape(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
           code == 0xfeff || code == 0xfffe || code == 0xffff;
}

/* Text in double quotes, with what YAML would read as something else escaped. */
static void write_quoted(FILE *stream, const char *text)
{
    const size_t n = strlen(text);
    fputc('"', stream);
    for (size_t i = 0; i < n;) {
        const size_t length = utf8_length(text + i, n - i);
        CHECK(length > 0); /* network_check */
        const uint32_t code = code_point(text + i, length);
        if (code == '"' || code == '\\')
            fprintf(stream, "\\%c", (char)code);
        else if (needs_escape(code))
            fprintf(stream, code < 0x100 ? "\\x%02" PRIx32 : "\\u%04" PRIx32, code);
        else
            fwrite(text + i, 1, length, stream);
        i += length;
    }
    fputc('"', stream);
}

/* The shorter of the two forms that reads back equal. */
static void write_real(FILE *stream, double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.15g", value);
    if (strtod(text, NULL) != value)
        snprintf(text, sizeof text, "%.17g", value);
    fputs(text, stream);
}

static void write_convolution(FILE *stream, const Convolution *of)
{
    fprintf(stream,
            "    convolution: {channels: %" PRIu32 ", height: %" PRIu32 ", width: %" PRIu32
            ", pool: %" PRIu32 ", kernel: %" PRIu32 ", stride: %" PRIu32 ", padding: %" PRIu32
            "}\n",
            of->channels, of->height, of->width, of->pool, of->kernel, of->stride, of->padding);
}

/* One entry of the list of layers; what has its default value is left out. */
static void write_layer(FILE *stream, const Layer *layer)
{
    fputs("  - name: ", stream);
    write_quoted(stream, layer->name);
    fprintf(stream, "\n    cell: %s\n    units: %" PRIu32 "\n    threshold: %s\n",
            layer->cell->name, layer->n_units, network_threshold_forms[layer->threshold_form]);
    if (layer->parameter > 0 || !layer->cell->has_default)
        fprintf(stream, "    %s: %.9g\n", layer->cell->parameter, (double)layer->parameter);
    if (layer->convolution != NULL)
        write_convolution(stream, layer->convolution);
    if (layer->activity >= 0) {
        fputs("    activity: ", stream);
        write_real(stream, layer->activity);
        fputc('\n', stream);
    }
}

/* A map of texts or of numbers as they were written; nothing if it is empty. */
static void write_texts(FILE *stream, const char *key, bool numbers, const NamedText *texts,
                        uint32_t n)
{
    if (n > 0)
        fprintf(stream, "%s:\n", key);
    for (uint32_t i = 0; i < n; i++) {
        fputs("  ", stream);
        write_quoted(stream, texts[i].name);
        fputs(": ", stream);
        if (numbers)
            fputs(texts[i].text, stream);
        else
            write_quoted(stream, texts[i].text);
        fputc('\n', stream);
    }
}

void network_yaml_write(FILE *stream, const Network *network)
{
    fprintf(stream, "format: %s\nversion: %d\nname: ", NETWORK_FORMAT, NETWORK_VERSION);
    write_quoted(stream, network->name);
    if (network->description[0] != '\0') {
        fputs("\ndescription: ", stream);
        write_quoted(stream, network->description);
    }
    fprintf(stream, "\ninputs: %" PRIu32 "\n", network->n_inputs);
    if (network->n_words > 0)
        fprintf(stream, "embedding:\n  words: %" PRIu32 "\n", network->n_words);
    if (network->vocabulary != NULL)
        fprintf(stream, "  vocabulary: %s\n", NETWORK_VOCABULARY);
    if (network->has_decoder)
        fprintf(stream, "decoder:\n  tied: %s\n",
                network->decoder == network->embedding ? "true" : "false");
    fprintf(stream, "state:\n  carry: %s\n", network_carry_rules[network->carry]);
    if (network->carry == CARRY_EVENTS)
        fprintf(stream, "  reset_steps: %" PRIu32 "\n", network->reset_steps);
    fputs("layers:\n", stream);
    for (uint32_t i = 0; i < network->n_layers; i++)
        write_layer(stream, &network->layer[i]);
    write_texts(stream, "provenance", false, network->provenance, network->n_provenance);
    write_texts(stream, "accuracy", true, network->accuracy, network->n_accuracy);
}

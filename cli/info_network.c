/* info_network.c - prints a network: layers, shapes, densities, MACs per token. */
#include <inttypes.h>

#include "info.h"
#include "base/number_text.h"

static double share(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static void print_layers(const Network *network, FILE *stream)
{
    uint64_t dense = 0, stored = 0;

    fprintf(
        stream,
        "layers         cell       inputs  units  activity    MACs dense   MACs stored  density\n");
    for (uint32_t i = 0; i < network->n_layers; i++) {
        const Layer *layer = &network->layer[i];
        uint64_t layer_dense = network_dense_macs(layer), layer_stored = network_sparse_macs(layer);
        char activity[16] = "-";
        if (layer->activity >= 0)
            snprintf(activity, sizeof activity, "%.2f %%", 100 * layer->activity);
        fprintf(stream, "  %-12.12s %-10.10s %6" PRIu32 " %6" PRIu32 " %9s %13s %13s %6.2f %%\n",
                layer->name, layer->cell->name, layer->n_inputs, layer->n_units, activity,
                number_text(layer_dense).text, number_text(layer_stored).text,
                100 * share(layer_stored, layer_dense));
        dense += layer_dense;
        stored += layer_stored;
    }
    fprintf(stream, "  %-46s %13s %13s %6.2f %%\n", "a token, embedding and decoder left out",
            number_text(dense).text, number_text(stored).text, 100 * share(stored, dense));
    if (network->has_decoder) {
        uint64_t decoder =
            (uint64_t)network->n_words * network->layer[network->n_layers - 1].n_units;
        fprintf(stream, "  %-46s %13s %13s %6.2f %%\n", "a token, with the decoder",
                number_text(dense + decoder).text, number_text(stored + decoder).text,
                100 * share(stored + decoder, dense + decoder));
    }
}

static void print_texts(const char *title, uint32_t n, const NamedText *text, FILE *stream)
{
    if (n > 0)
        fprintf(stream, "%s\n", title);
    for (uint32_t i = 0; i < n; i++)
        fprintf(stream, "  %-20s %s\n", text[i].name, text[i].text);
}

void info_network(const Network *network, FILE *stream)
{
    fprintf(stream, "network        %s\n", network->name);
    if (network->description[0] != '\0')
        fprintf(stream, "description    %s\n", network->description);
    fprintf(stream, "hash           %016" PRIx64 "\n", network->hash);
    if (network->file_bytes > 0)
        fprintf(stream, "files          %s bytes\n", number_text(network->file_bytes).text);
    if (network->n_words > 0)
        fprintf(stream, "input          %s words, embedding %" PRIu32 " wide, vocabulary %s\n",
                number_text(network->n_words).text, network->n_inputs,
                network->vocabulary ? "in the files" : "none: token ids");
    else
        fprintf(stream, "input          vectors, %" PRIu32 " wide\n", network->n_inputs);
    if (network->has_decoder)
        fprintf(stream, "decoder        %s\n",
                network->decoder == network->embedding ? "tied to the embedding"
                                                       : "weights of its own");
    if (network->carry == CARRY_FULL)
        fprintf(stream, "state          carried on in full\n");
    else
        fprintf(stream,
                "state          events carried on, state restarts every %" PRIu32 " steps\n",
                network->reset_steps);
    print_layers(network, stream);
    print_texts("provenance", network->n_provenance, network->provenance, stream);
    print_texts("accuracy", network->n_accuracy, network->accuracy, stream);
}

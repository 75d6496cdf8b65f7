/* input_npy.c - vectors from a `.npy` file, [steps, inputs] of float32 or float64.
 *
 * The header is a Python dictionary with exactly the keys descr, fortran_order and shape. Versions
 * 1.0 to 3.0, little-endian, C order; the data must be as long as the shape says. float64 is kept
 * beside its fp32 rounding for double runs. Format: numpy.lib.format. Cost: O(file). Limits:
 * header up to 64 KiB.
 */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "bytes.h"
#include "input_private.h"

enum { MAGIC_BYTES = 6, PREFIX_BYTES = 8, HEADER_MAX_BYTES = 1 << 16 };

static const char MAGIC[MAGIC_BYTES + 1] = "\x93NUMPY";

typedef struct Header {
    uint32_t item_bytes;
    bool has_type, has_order, has_shape;
    uint32_t rank;
    uint64_t shape[2];
} Header;

typedef struct Scanner {
    const char *path, *at, *end;
    Err *err;
} Scanner;

bool input_is_npy(FileBytes file)
{
    return file.n_bytes >= MAGIC_BYTES && memcmp(file.bytes, MAGIC, MAGIC_BYTES) == 0;
}

static Status fail(const Scanner *scanner, const char *what)
{
    return err_set(scanner->err, STATUS_INPUT, "%s: %s", scanner->path, what);
}

static Status not_a_header(const Scanner *scanner)
{
    return fail(scanner,
                "the header is not one of a .npy file; expected {'descr': .., 'fortran_order': .., "
                "'shape': ..}");
}

static void skip_blanks(Scanner *scanner)
{
    while (scanner->at < scanner->end && (*scanner->at == ' ' || *scanner->at == '\n'))
        scanner->at++;
}

/* Take the text if it comes next, after blanks. */
static bool take(Scanner *scanner, const char *text)
{
    const size_t n = strlen(text);
    skip_blanks(scanner);
    if ((size_t)(scanner->end - scanner->at) < n || memcmp(scanner->at, text, n) != 0)
        return false;
    scanner->at += n;
    return true;
}

/* A decimal number if it comes next, after blanks; not one that overflows. */
static bool take_whole(Scanner *scanner, uint64_t *out)
{
    skip_blanks(scanner);
    const char *begin = scanner->at;
    uint64_t value = 0;
    for (; scanner->at < scanner->end && *scanner->at >= '0' && *scanner->at <= '9';
         scanner->at++) {
        if (value > (UINT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (uint64_t)(*scanner->at - '0');
    }
    *out = value;
    return scanner->at > begin;
}

static Status read_type(Scanner *scanner, Header *header)
{
    if (take(scanner, "'<f4'"))
        header->item_bytes = 4;
    else if (take(scanner, "'<f8'"))
        header->item_bytes = 8;
    else
        return fail(scanner,
                    "values are not little-endian floats; expected 'descr' '<f4' or '<f8'");
    header->has_type = true;
    return STATUS_OK;
}

static Status read_order(Scanner *scanner, Header *header)
{
    if (take(scanner, "True"))
        return fail(scanner, "values are in Fortran order; expected C order");
    header->has_order = take(scanner, "False");
    return header->has_order ? STATUS_OK : not_a_header(scanner);
}

/* A tuple of numbers; sizes beyond the second are counted, not kept. */
static Status read_shape(Scanner *scanner, Header *header)
{
    uint64_t size;
    if (!take(scanner, "("))
        return not_a_header(scanner);
    while (!take(scanner, ")")) {
        if (!take_whole(scanner, &size))
            return not_a_header(scanner);
        if (header->rank < 2)
            header->shape[header->rank] = size;
        header->rank++;
        if (!take(scanner, ",") && !take(scanner, ")"))
            return not_a_header(scanner);
        if (scanner->at[-1] == ')')
            break;
    }
    header->has_shape = true;
    return STATUS_OK;
}

/* One `key: value`, each key once. */
static Status read_entry(Scanner *scanner, Header *header)
{
    if (!header->has_type && take(scanner, "'descr'") && take(scanner, ":"))
        return read_type(scanner, header);
    if (!header->has_order && take(scanner, "'fortran_order'") && take(scanner, ":"))
        return read_order(scanner, header);
    if (!header->has_shape && take(scanner, "'shape'") && take(scanner, ":"))
        return read_shape(scanner, header);
    return not_a_header(scanner);
}

/* The whole dictionary and nothing after it but blanks. */
static Status read_header(Scanner *scanner, Header *header)
{
    if (!take(scanner, "{"))
        return not_a_header(scanner);
    while (!take(scanner, "}")) {
        TRY(read_entry(scanner, header));
        if (!take(scanner, ",")) {
            if (!take(scanner, "}"))
                return not_a_header(scanner);
            break;
        }
    }
    skip_blanks(scanner);
    if (scanner->at != scanner->end || !header->has_type || !header->has_order ||
        !header->has_shape)
        return not_a_header(scanner);
    return STATUS_OK;
}

/* Where the data begins, with the header before it read. */
static Status open_npy(FileBytes file, const char *path, Header *header, size_t *data_begin,
                       Err *err)
{
    Scanner scanner = {.path = path, .err = err};
    if (!input_is_npy(file) || file.n_bytes < PREFIX_BYTES)
        return fail(&scanner,
                    "does not begin like a .npy file; expected one written by numpy.save");
    const uint8_t major = file.bytes[MAGIC_BYTES], minor = file.bytes[MAGIC_BYTES + 1];
    if (major < 1 || major > 3 || minor != 0)
        return fail(&scanner, "an unknown .npy version; expected 1.0, 2.0 or 3.0");
    const size_t length_bytes = major == 1 ? 2 : 4, begin = PREFIX_BYTES + length_bytes;
    if (file.n_bytes < begin)
        return fail(&scanner, "the file is cut off in the header; expected a whole .npy file");
    const uint64_t n_header =
        major == 1 ? get_u16(file.bytes + PREFIX_BYTES) : get_u32(file.bytes + PREFIX_BYTES);
    if (n_header > HEADER_MAX_BYTES || n_header > file.n_bytes - begin)
        return fail(&scanner,
                    "the header is longer than the file or 64 KiB; expected a whole .npy file");
    scanner.at = (const char *)file.bytes + begin;
    scanner.end = scanner.at + n_header;
    *data_begin = begin + (size_t)n_header;
    return read_header(&scanner, header);
}

/* Two dimensions, the second as wide as the network, and data of just that size. */
static Status check_shape(const InputStream *stream, const Header *header, uint64_t n_data,
                          Err *err)
{
    const uint32_t n_inputs = stream->network->n_inputs;
    if (header->rank != 2)
        return err_set(err, STATUS_INPUT,
                       "%s: an array of %" PRIu32 " dimensions; expected 2: [steps, %" PRIu32
                       " inputs]",
                       stream->name, header->rank, n_inputs);
    if (header->shape[1] != n_inputs)
        return err_set(err, STATUS_INPUT,
                       "%s: %" PRIu64 " values a step; expected %" PRIu32 ", the network's inputs",
                       stream->name, header->shape[1], n_inputs);
    if (header->shape[0] == 0 || header->shape[0] >= UINT32_MAX)
        return err_set(err, STATUS_INPUT, "%s: %" PRIu64 " steps; expected 1 to 2^32 - 2",
                       stream->name, header->shape[0]);
    const uint64_t row_bytes = (uint64_t)n_inputs * header->item_bytes;
    if (header->shape[0] * row_bytes != n_data)
        return err_set(err, STATUS_INPUT,
                       "%s: %" PRIu64 " bytes of data; expected %" PRIu64 " by its shape",
                       stream->name, n_data, header->shape[0] * row_bytes);
    return STATUS_OK;
}

static Status read_values(Arena *arena, const uint8_t *data, uint32_t item_bytes, InputStream *out,
                          Err *err)
{
    const size_t n_inputs = out->network->n_inputs, n = n_inputs * out->n_steps;
    float *vector = ARENA_ARRAY(arena, float, n);
    double *wide = item_bytes == 8 ? ARENA_ARRAY(arena, double, n) : NULL;
    for (size_t i = 0; i < n; i++) {
        const double value = wide != NULL ? get_f64(data + 8 * i) : (double)get_f32(data + 4 * i);
        if (!isfinite(value) || fabs(value) > 0x1.fffffep127)
            return err_set(err, STATUS_INPUT,
                           "%s: step %zu, input %zu is %s; expected a finite fp32 number",
                           out->name, i / n_inputs, i % n_inputs,
                           isnan(value)   ? "NaN"
                           : isinf(value) ? "infinite"
                                          : "beyond fp32");
        vector[i] = (float)value;
        if (wide != NULL)
            wide[i] = value;
    }
    out->vector = vector;
    out->vector_f64 = wide;
    return STATUS_OK;
}

Status input_read_npy(Arena *arena, FileBytes file, uint32_t max_steps, InputStream *out, Err *err)
{
    Header header = {0};
    size_t begin = 0;
    TRY(open_npy(file, out->name, &header, &begin, err));
    TRY(check_shape(out, &header, file.n_bytes - begin, err));
    const uint32_t n_steps = (uint32_t)header.shape[0];
    out->n_steps = max_steps != 0 && max_steps < n_steps ? max_steps : n_steps;
    return read_values(arena, file.bytes + begin, header.item_bytes, out, err);
}

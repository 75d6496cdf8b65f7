/* noc_csv.c - files for a mesh under synthetic traffic: traces of packets, tables of routes.
 *
 * Both are CSV: `cycle,source,dest,flits` and `node,dest,port`. Empty lines, lines that begin with
 * # and a head line are passed over; whatever else stands in a line is refused with its number. In
 * a trace several destinations are joined by '+': one packet that is copied on its way. A table
 * must say for every node how to get to every other, and following it must lead there.
 */
#include <string.h>

#include "base/file.h"
#include "sim/synthetic.h"

enum { CSV_MAX_BYTES = 1 << 30, MAX_PACKET_FLITS = 1 << 20, NO_PORT = UINT8_MAX };
enum { NODE_PORT = 4, MAX_TABLE_NODES = 4096 };
static const char TRACE_HEAD[] = "cycle,source,dest,flits", TABLE_HEAD[] = "node,dest,port";
static const char *const PORTS[] = {"+x", "-x", "+y", "-y"};

typedef struct Reader {
    const char *path, *head; /* head: the fields of a line                                   */
    const char *at;          /* what comes next of the line                                  */
    uint32_t line, n_nodes;
    Err *err;
} Reader;

static Status fail(const Reader *reader, const char *what)
{
    return err_set(reader->err, STATUS_INPUT, "%s:%u: %s; expected `%s`", reader->path,
                   reader->line, what, reader->head);
}

/* A whole number up to max, and what stands behind it. */
static Status read_number(Reader *reader, const char *name, uint64_t max, uint64_t *out)
{
    uint64_t value = 0;
    const char *begin = reader->at;
    for (; *reader->at >= '0' && *reader->at <= '9'; reader->at++) {
        uint64_t digit = (uint64_t)(*reader->at - '0');
        if (digit > max || value > (max - digit) / 10)
            return err_set(reader->err, STATUS_INPUT,
                           "%s:%u: %s is too large; expected at most %llu", reader->path,
                           reader->line, name, (unsigned long long)max);
        value = value * 10 + digit;
    }
    if (reader->at == begin)
        return err_set(reader->err, STATUS_INPUT, "%s:%u: no number for %s; expected `%s`",
                       reader->path, reader->line, name, reader->head);
    *out = value;
    return STATUS_OK;
}

static Status read_separator(Reader *reader)
{
    if (*reader->at != ',')
        return fail(reader, "too few fields");
    reader->at++;
    return STATUS_OK;
}

static Status read_line_end(Reader *reader)
{
    if (*reader->at == '\r')
        reader->at++;
    if (*reader->at != '\n' && *reader->at != '\0')
        return fail(reader, "more than was expected");
    return STATUS_OK;
}

/* ---- lines -------------------- */

static bool is_data(const Reader *reader, const char *line)
{
    return *line != '#' && *line != '\n' && *line != '\r' && *line != '\0' &&
           strncmp(line, reader->head, strlen(reader->head)) != 0;
}

static const char *next_line(const char *line)
{
    const char *end = strchr(line, '\n');
    return end ? end + 1 : line + strlen(line);
}

static Status read_text(Arena *arena, Reader *reader, const char **text)
{
    FileBytes file;
    TRY(file_read(arena, reader->path, CSV_MAX_BYTES, &file, reader->err));
    if (memchr(file.bytes, 0, file.n_bytes) != NULL)
        return err_set(reader->err, STATUS_INPUT, "%s: not a text file; expected lines of `%s`",
                       reader->path, reader->head);
    *text = (const char *)file.bytes;
    reader->line = 1;
    return STATUS_OK;
}

/* ---- traces -------------------- */

static Status read_dests(Reader *reader, TracePacket *packet, uint32_t *dest)
{
    for (;;) {
        uint64_t node;
        TRY(read_number(reader, "dest", reader->n_nodes - 1, &node));
        for (uint32_t d = 0; d < packet->n_dests; d++)
            if (dest[packet->first_dest + d] == node)
                return fail(reader, "a destination twice");
        dest[packet->first_dest + packet->n_dests++] = (uint32_t)node;
        if (*reader->at != '+')
            return STATUS_OK;
        reader->at++;
    }
}

static Status read_packet(Reader *reader, TracePacket *packet, uint32_t *dest)
{
    uint64_t source, n_flits;
    TRY(read_number(reader, "cycle", UINT64_C(1) << 48, &packet->cycle));
    TRY(read_separator(reader));
    TRY(read_number(reader, "source", reader->n_nodes - 1, &source));
    TRY(read_separator(reader));
    TRY(read_dests(reader, packet, dest));
    TRY(read_separator(reader));
    TRY(read_number(reader, "flits", MAX_PACKET_FLITS, &n_flits));
    TRY(read_line_end(reader));
    if (n_flits == 0)
        return fail(reader, "a packet without flits");
    packet->source = (uint32_t)source;
    packet->n_flits = (uint32_t)n_flits;
    return STATUS_OK;
}

/* Room: a packet a line, a destination a digit at most. */
static Status read_lines(Arena *arena, Reader *reader, const char *text, PacketTrace *trace)
{
    uint32_t n_lines = 0;
    size_t n_dests = 0;
    for (const char *line = text; *line; line = next_line(line))
        n_lines += is_data(reader, line);
    for (const char *at = text; *at; at++)
        n_dests += *at == '+';
    TracePacket *packet = ARENA_ARRAY(arena, TracePacket, n_lines);
    uint32_t *dest = ARENA_ARRAY(arena, uint32_t, n_lines + n_dests);
    uint32_t n = 0, used = 0;
    for (const char *line = text; *line; line = next_line(line), reader->line++) {
        if (!is_data(reader, line))
            continue;
        reader->at = line;
        packet[n].first_dest = used;
        TRY(read_packet(reader, &packet[n], dest));
        if (n > 0 && packet[n].cycle < packet[n - 1].cycle)
            return fail(reader, "a cycle before that of the line before");
        used += packet[n++].n_dests;
    }
    *trace = (PacketTrace){n, packet, dest};
    return STATUS_OK;
}

Status packet_trace_load(Arena *arena, const char *path, uint32_t n_nodes, const PacketTrace **out,
                         Err *err)
{
    PacketTrace *trace = ARENA_ARRAY(arena, PacketTrace, 1);
    Reader reader = {.path = path, .head = TRACE_HEAD, .n_nodes = n_nodes, .err = err};
    const char *text = "";
    *out = NULL;
    TRY(read_text(arena, &reader, &text));
    TRY(read_lines(arena, &reader, text, trace));
    if (trace->n_packets == 0)
        return err_set(err, STATUS_INPUT, "%s: no packet; expected lines of `%s`", path,
                       TRACE_HEAD);
    *out = trace;
    return STATUS_OK;
}

/* ---- tables -------------------- */

static Status read_port(Reader *reader, uint8_t *out)
{
    for (uint8_t port = 0; port < 4; port++) {
        if (strncmp(reader->at, PORTS[port], 2) == 0) {
            *out = port;
            reader->at += 2;
            return STATUS_OK;
        }
    }
    return fail(reader, "no port `+x`, `-x`, `+y` or `-y`");
}

static Status read_route(Reader *reader, uint8_t *table)
{
    uint64_t node, dest;
    uint8_t port = NO_PORT;
    TRY(read_number(reader, "node", reader->n_nodes - 1, &node));
    TRY(read_separator(reader));
    TRY(read_number(reader, "dest", reader->n_nodes - 1, &dest));
    TRY(read_separator(reader));
    TRY(read_port(reader, &port));
    TRY(read_line_end(reader));
    if (table[node * reader->n_nodes + dest] != NO_PORT)
        return fail(reader, node == dest ? "a route from a node to itself" : "a route twice");
    table[node * reader->n_nodes + dest] = port;
    return STATUS_OK;
}

/* Does the way from one node to another end there? */
static Status follow(const Reader *reader, const uint8_t *table, uint32_t width, uint32_t pair)
{
    uint32_t n_nodes = reader->n_nodes, from = pair / n_nodes, dest = pair % n_nodes, at = from;
    for (uint32_t n_steps = 0; at != dest; n_steps++) {
        uint8_t port = table[at * n_nodes + dest];
        uint32_t x = at % width, y = at / width;
        if (port == NO_PORT)
            return err_set(reader->err, STATUS_INPUT,
                           "%s: no route from node %u to node %u; expected one for each pair",
                           reader->path, at, dest);
        bool leaves = (port == 0 && x + 1 == width) || (port == 1 && x == 0) ||
                      (port == 2 && y + 1 == n_nodes / width) || (port == 3 && y == 0);
        if (leaves || n_steps == n_nodes)
            return err_set(reader->err, STATUS_INPUT,
                           "%s: routes from node %u %s; expected that they lead to node %u",
                           reader->path, from, leaves ? "leave the mesh" : "go round in a circle",
                           dest);
        at = port == 0 ? at + 1 : port == 1 ? at - 1 : port == 2 ? at + width : at - width;
    }
    return STATUS_OK;
}

Status route_table_load(Arena *arena, const char *path, uint32_t width, uint32_t height,
                        const uint8_t **out, Err *err)
{
    uint32_t n_nodes = width * height;
    Reader reader = {.path = path, .head = TABLE_HEAD, .n_nodes = n_nodes, .err = err};
    const char *text = "";
    *out = NULL;
    if (n_nodes > MAX_TABLE_NODES)
        return err_set(err, STATUS_UNSUPPORTED, "%s: a table for %u nodes; at most %d can have one",
                       path, n_nodes, MAX_TABLE_NODES);
    TRY(read_text(arena, &reader, &text));
    uint8_t *table = ARENA_ARRAY(arena, uint8_t, (size_t)n_nodes * n_nodes);
    memset(table, NO_PORT, (size_t)n_nodes * n_nodes);
    for (uint32_t node = 0; node < n_nodes; node++)
        table[node * n_nodes + node] = NODE_PORT;
    for (const char *line = text; *line; line = next_line(line), reader.line++) {
        reader.at = line;
        if (is_data(&reader, line))
            TRY(read_route(&reader, table));
    }
    for (uint32_t pair = 0; pair < n_nodes * n_nodes; pair++)
        TRY(follow(&reader, table, width, pair));
    *out = table;
    return STATUS_OK;
}

/* explain_packets.c - the packets of a critical path and the links they took, for people and as a
 * table.
 *
 * Times are exact, in ns with three places or in ps. Links have their names of links.csv; those
 * that follow one another are put together, (1,2)->(2,2) and (2,2)->router as
 * (1,2)->(2,2)->router, and wrapped at the width of a page.
 */
#include "explain_packets.h"

#include <inttypes.h>
#include <string.h>

#include "base/csv_table.h"
#include "base/file.h"
#include "base/number_text.h"

enum { SHOWN_PACKETS = 4, PAGE_COLUMNS = 88, INDENT = 4, NAME_BYTES = 64 };

static const char *ns_text(Arena *arena, uint64_t ps)
{
    return arena_printf(arena, "%s.%03" PRIu64, number_text(ps / 1000).text, ps % 1000);
}

static uint64_t length_of(const PacketWay *way)
{
    return way->idle_ps + way->wait_ps;
}

/* ---- names -------------------- */

static const char *end_text(const Job *job, uint32_t core)
{
    if (core == PROGRAM_NONE)
        return "host";
    return arena_printf(job->arena, "core %" PRIu32, job->program->core[core].core);
}

static const char *title_text(const Job *job, const PathLeg *leg, const PacketWay *way)
{
    const char *from = end_text(job, way->from), *to = end_text(job, way->to);

    if (way->from != PROGRAM_NONE && way->to != PROGRAM_NONE)
        to += strlen("core "); /* core 92 to 23 */
    if (way->number > 0)
        return arena_printf(job->arena, "%s to %s, number %s", from, to,
                            number_text(way->number).text);
    return arena_printf(job->arena, "%s to %s, %.16s", from, to,
                        job->program->layer[leg->layer].name);
}

/* One more piece of a line, on the next line, without a blank in front, where it has no room. */
static void add_piece(uint32_t *column, const char *piece)
{
    const uint32_t n = (uint32_t)strlen(piece);

    if (*column + n > PAGE_COLUMNS) {
        printf("\n%*s", INDENT, "");
        *column = INDENT;
        piece += *piece == ' ';
    }
    *column += (uint32_t)printf("%s", piece);
}

/* The end of a link, "(2,2)", after its name; and what is in front of a name that says where the
 * link is, "chip (0,1): " or "chip " (between chips). */
static const char *split_name(const char *name, char front[NAME_BYTES])
{
    static const char chip[] = "chip ";
    const char *colon = strstr(name, ": ");
    size_t n = 0;

    if (colon != NULL)
        n = (size_t)(colon - name) + 2;
    else if (strncmp(name, chip, strlen(chip)) == 0)
        n = strlen(chip);
    snprintf(front, NAME_BYTES, "%.*s", (int)n, name);
    return strstr(name + n, "->") + 2;
}

static void write_chain(const Job *job, const PacketWay *way)
{
    char front[NAME_BYTES], last_front[NAME_BYTES] = "";
    const char *last_end = "";
    uint32_t column = INDENT;

    printf("%*s", INDENT, "");
    if (way->n_links == 0)
        printf("no link: the router is its own");
    for (uint32_t i = 0; i < way->n_links; i++) {
        const char *name = topology_link_name(job->arena, job->topology, way->link[i]);
        const char *end = split_name(name, front);
        const char *begin = name + strlen(front);
        const size_t n_begin = (size_t)(end - begin) - 2;
        const bool goes_on = i > 0 && strcmp(front, last_front) == 0 &&
                             strlen(last_end) == n_begin && strncmp(begin, last_end, n_begin) == 0;
        if (i > 0 && !goes_on)
            column += (uint32_t)printf(",");
        if (!goes_on)
            add_piece(&column, arena_printf(job->arena, "%s%.*s", i > 0 ? " " : "",
                                            (int)(end - name) - 2, name));
        add_piece(&column, arena_printf(job->arena, "->%s", end));
        last_end = end;
        memcpy(last_front, front, sizeof front);
    }
    printf("\n");
}

/* ---- for people -------------------- */

static void write_packet(const Job *job, const Explanation *told, const PacketWays *ways,
                         const PacketWay *way)
{
    const char *busiest = "";

    if (way->n_links > 0) {
        const uint32_t link = way->link[way->busiest];
        busiest = arena_printf(job->arena, "%s %s", number_text(ways->link_flits[link]).text,
                               topology_link_name(job->arena, job->topology, link));
    }
    printf("  %-28.28s %5" PRIu32 " %11s %9s  %s\n", title_text(job, &told->leg[way->leg], way),
           way->n_links, ns_text(job->arena, way->idle_ps), ns_text(job->arena, way->wait_ps),
           busiest);
    write_chain(job, way);
}

/* So long that at most SHOWN_PACKETS ways take as long. */
static uint64_t least_shown(const PacketWays *ways)
{
    uint64_t least = 0;

    for (;;) {
        uint64_t shortest = UINT64_MAX;
        uint32_t n = 0;
        for (uint32_t i = 0; i < ways->n; i++) {
            const uint64_t length = length_of(&ways->way[i]);
            if (length < least)
                continue;
            n++;
            shortest = length < shortest ? length : shortest;
        }
        if (n <= SHOWN_PACKETS)
            return least;
        least = shortest + 1;
    }
}

void write_packets(const Job *job, const Explanation *told, const PacketWays *ways)
{
    const uint64_t least_ps = least_shown(ways);
    uint64_t idle_ps = 0, wait_ps = 0;
    uint32_t n_links = 0, n_hidden = 0;

    printf("PACKETS   of the path          links     idle ns   wait ns  most flits in the step\n");
    for (uint32_t i = 0; i < ways->n; i++) {
        const PacketWay *way = &ways->way[i];
        if (length_of(way) >= least_ps) {
            write_packet(job, told, ways, way);
            continue;
        }
        n_hidden++;
        n_links += way->n_links;
        idle_ps += way->idle_ps;
        wait_ps += way->wait_ps;
    }
    if (n_hidden > 0)
        printf("  %-28.28s %5" PRIu32 " %11s %9s\n",
               arena_printf(job->arena, "%" PRIu32 " shorter ones", n_hidden), n_links,
               ns_text(job->arena, idle_ps), ns_text(job->arena, wait_ps));
}

/* ---- as a table -------------------- */

static void write_end(FILE *stream, const Job *job, uint32_t core)
{
    if (core == PROGRAM_NONE)
        fputs(",host", stream);
    else
        fprintf(stream, ",%" PRIu32, job->program->core[core].core);
}

static void write_row(FILE *stream, const Job *job, const PathLeg *leg, const PacketWay *way,
                      uint32_t i)
{
    fprintf(stream, "%" PRIu32 ",%s", way->leg, leg_name(leg->kind));
    write_end(stream, job, way->from);
    write_end(stream, job, way->to);
    fprintf(stream,
            ",%" PRIu32 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu32,
            way->key, way->sent_ps, leg->begin_ps, leg->end_ps, way->idle_ps, way->wait_ps,
            way->n_links);
    if (i == way->n_links) { /* a packet without any */
        fputs(",,,,\n", stream);
        return;
    }
    fprintf(stream, ",%" PRIu32 ",%" PRIu32 ",", i, way->link[i]);
    csv_write_text(stream, topology_link_name(job->arena, job->topology, way->link[i]));
}

Status write_links_csv(const Job *job, const Explanation *told, const PacketWays *ways,
                       const char *path, Err *err)
{
    FileWriter *writer;

    TRY(file_write_begin(job->arena, path, &writer, err));
    FILE *stream = file_write_stream(writer);
    fputs("leg,what,from_core,to_core,key,sent_ps,begin_ps,end_ps,idle_ps,wait_ps,n_links,"
          "place,link,name,step_flits\n",
          stream);
    for (uint32_t w = 0; w < ways->n; w++) {
        const PacketWay *way = &ways->way[w];
        const PathLeg *leg = &told->leg[way->leg];
        for (uint32_t i = 0; i < way->n_links; i++) {
            write_row(stream, job, leg, way, i);
            fprintf(stream, ",%" PRIu64 "\n", ways->link_flits[way->link[i]]);
        }
        if (way->n_links == 0)
            write_row(stream, job, leg, way, 0);
    }
    return file_write_commit(writer, err);
}

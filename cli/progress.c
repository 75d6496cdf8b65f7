/* progress.c - draws, redraws and wipes one line on the terminal.
 *
 * Wall time decides only whether and when the bar is drawn; nothing else of the program knows it.
 * Cost: one clock reading a call.
 */
#define _POSIX_C_SOURCE 200809L

#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <time.h>

#include <unistd.h>

#include "interrupt.h"

enum { FIRST_DRAW_MS = 1000, REDRAW_MS = 100, BAR_COLUMNS = 20 };

static uint64_t now_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void progress_begin(Progress *progress, const char *label, bool quiet)
{
    progress->label = label;
    progress->on = !quiet && isatty(STDERR_FILENO) == 1;
    progress->drawn = false;
    progress->begin_ms = progress->on ? now_ms() : 0;
    progress->drawn_ms = 0;
}

/* "9 s", "4:05", "3:02:01"; nothing for what would take days. */
static void write_left(double left_s)
{
    if (left_s >= 360000)
        return;
    const unsigned s = (unsigned)(left_s + 0.5);
    if (s < 100)
        fprintf(stderr, "  %u s left", s);
    else if (s < 3600)
        fprintf(stderr, "  %u:%02u left", s / 60, s % 60);
    else
        fprintf(stderr, "  %u:%02u:%02u left", s / 3600, s / 60 % 60, s % 60);
}

static void draw(const Progress *progress, uint64_t done, uint64_t total, double spent_s)
{
    const double share = (double)done / (double)total, rate = (double)done / spent_s;
    const int filled = (int)(share * BAR_COLUMNS);
    char bar[BAR_COLUMNS + 1];

    for (int i = 0; i < BAR_COLUMNS; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[BAR_COLUMNS] = '\0';
    /* What the line before had more is wiped. */
    fprintf(stderr, "\r\033[K%-17.17s [%s] %3d %%  %" PRIu64 "/%" PRIu64, progress->label, bar,
            (int)(share * 100), done, total);
    if (rate > 0) {
        fprintf(stderr, "  %.*f/s", rate < 10 ? 1 : 0, rate);
        write_left((double)(total - done) / rate);
    }
    fflush(stderr);
}

bool progress_update(void *context, uint64_t done, uint64_t total)
{
    Progress *progress = context;

    if (interrupt_asked())
        return false;
    if (!progress->on || total == 0)
        return true;
    const uint64_t at_ms = now_ms();
    if (at_ms < progress->begin_ms + FIRST_DRAW_MS || at_ms < progress->drawn_ms + REDRAW_MS)
        return true;
    draw(progress, done < total ? done : total, total, (double)(at_ms - progress->begin_ms) / 1000);
    progress->drawn = true;
    progress->drawn_ms = at_ms;
    return true;
}

void progress_end(Progress *progress)
{
    if (!progress->drawn)
        return;
    fputs("\r\033[K", stderr);
    fflush(stderr);
    progress->drawn = false;
}

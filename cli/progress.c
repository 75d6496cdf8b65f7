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

enum { FIRST_DRAW_MS = 1000, REDRAW_MS = 100, BAR_COLUMNS = 30, LINE_COLUMNS = 79 };

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

void progress_update(void *context, uint64_t done, uint64_t total)
{
    Progress *progress = context;

    if (!progress->on || total == 0)
        return;
    uint64_t at_ms = now_ms();
    if (at_ms < progress->begin_ms + FIRST_DRAW_MS || at_ms < progress->drawn_ms + REDRAW_MS)
        return;
    if (done > total)
        done = total;
    double share = (double)done / (double)total;
    int filled = (int)(share * BAR_COLUMNS);
    char bar[BAR_COLUMNS + 1];
    for (int i = 0; i < BAR_COLUMNS; i++)
        bar[i] = i < filled ? '#' : '.';
    bar[BAR_COLUMNS] = '\0';
    fprintf(stderr, "\r%-22.22s [%s] %3d %%  %" PRIu64 "/%" PRIu64, progress->label, bar,
            (int)(share * 100), done, total);
    fflush(stderr);
    progress->drawn = true;
    progress->drawn_ms = at_ms;
}

void progress_end(Progress *progress)
{
    if (!progress->drawn)
        return;
    fprintf(stderr, "\r%*s\r", LINE_COLUMNS, "");
    fflush(stderr);
    progress->drawn = false;
}

/* vcd_file.c - see vcd_file.h.
 *
 * SystemC writes the date and its own build into the head, and a last time without a change at the
 * end; both are left out, so that the same run gives the same bytes. It does not tell whether
 * writing went well: that the last change is there does (`traced` falls when all is written).
 * Cost: O(bytes of the file).
 */
#include "vcd_file.h"

#include <errno.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"

enum { LINE_BYTES = 4096 }; /* of one line: names of modules are short */

static const char *raw_path(Arena *arena, const SimVcd *vcd)
{
    return arena_printf(arena, "%s%s", vcd->path, VCD_RAW_SUFFIX);
}

static Status fail(const char *path, const char *action, Err *err)
{
    return err_set(err, STATUS_IO, "%s: cannot %s: %s", path, action, strerror(errno));
}

static Status try_files(Arena *arena, const SimVcd *vcd, Err *err)
{
    FileWriter *writer;
    TRY(file_write_begin(arena, vcd->path, &writer, err));
    file_write_abort(writer);
    const char *raw = raw_path(arena, vcd);
    FILE *stream = fopen(raw, "wb");
    if (stream == NULL || fclose(stream) != 0)
        return fail(raw, "write", err);
    return STATUS_OK;
}

Status vcd_begin(Arena *arena, const SimVcd *vcd, const Program *program, uint32_t n_steps,
                 const bool **watched, Err *err)
{
    bool *watch = ARENA_ARRAY(arena, bool, program->n_cores);
    if (vcd->first_step > vcd->last_step || vcd->first_step >= n_steps)
        return err_set(err, STATUS_INPUT,
                       "trace of steps %u to %u; expected steps of 0 to %u, the first not above "
                       "the last",
                       vcd->first_step, vcd->last_step, n_steps - 1);
    for (uint32_t c = 0; c < program->n_cores; c++)
        watch[c] = vcd->n_cores == 0;
    for (uint32_t i = 0; i < vcd->n_cores; i++) {
        uint32_t c = 0;
        while (c < program->n_cores && program->core[c].core != vcd->core[i])
            c++;
        if (c == program->n_cores)
            return err_set(err, STATUS_INPUT,
                           "trace of core %u, on which the program has nothing; expected cores in "
                           "use, as %u",
                           vcd->core[i], program->core[0].core);
        watch[c] = true;
    }
    *watched = watch;
    return try_files(arena, vcd, err);
}

/* Skips the section that begins in this line, if it is one that differs from day to day. */
static bool skip_section(char *line, FILE *in)
{
    if (strncmp(line, "$date", 5) != 0 && strncmp(line, "$version", 8) != 0)
        return false;
    while (strstr(line, "$end") == NULL && fgets(line, LINE_BYTES, in) != NULL)
        ;
    return true;
}

/* Returns whether the last change is of one bit to 0, as it must be. */
static bool copy(FILE *in, FILE *out)
{
    char line[LINE_BYTES], time[LINE_BYTES] = "";
    bool falls = false;
    while (fgets(line, sizeof line, in) != NULL) {
        if (line[0] == '\n' || skip_section(line, in))
            continue;
        if (line[0] == '#') { /* written with the first change of that time */
            memcpy(time, line, sizeof time);
            continue;
        }
        fputs(time, out);
        time[0] = '\0';
        fputs(line, out);
        falls = line[0] == '0';
    }
    return falls && !ferror(in);
}

static Status take(Arena *scratch, const SimVcd *vcd, Err *err)
{
    const char *raw = raw_path(scratch, vcd);
    FileWriter *writer;
    FILE *in = fopen(raw, "rb");
    if (in == NULL)
        return fail(raw, "read", err);
    Status status = file_write_begin(scratch, vcd->path, &writer, err);
    if (status == STATUS_OK) {
        fputs("$version Egret $end\n", file_write_stream(writer));
        if (copy(in, file_write_stream(writer))) {
            status = file_write_commit(writer, err);
        } else {
            file_write_abort(writer);
            status = err_set(err, STATUS_IO, "%s: is not whole; expected room for it", raw);
        }
    }
    fclose(in);
    return status;
}

Status vcd_end(Arena *scratch, const SimVcd *vcd, Status status, Err *err)
{
    if (status == STATUS_OK)
        status = take(scratch, vcd, err);
    remove(raw_path(scratch, vcd));
    return status;
}

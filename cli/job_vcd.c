/* job_vcd.c - --vcd, --vcd-cores, --vcd-steps: which trace of a job's first simulation to write.
 *
 * The trace is that of one token at a time. It appears under its name with the rest of the job's
 * results: until then it is `.part`.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"
#include "job.h"

/* "A:B" or "A"; both in range and A not above B. */
static bool read_range(const char *text, uint32_t n_steps, uint32_t *first, uint32_t *last)
{
    char *end;
    if (strspn(text, "0123456789:") != strlen(text) || *text == ':' || *text == '\0')
        return false;
    unsigned long long a = strtoull(text, &end, 10), b = a;
    if (*end == ':') {
        if (end[1] < '0' || end[1] > '9')
            return false;
        b = strtoull(end + 1, &end, 10);
    }
    *first = (uint32_t)a;
    *last = (uint32_t)b;
    return *end == '\0' && a <= b && b < n_steps;
}

Status job_read_steps(const Job *job, const char *option, uint32_t *first, uint32_t *last, Err *err)
{
    const char *text = args_text(job->args, option);
    *first = 0;
    *last = job->n_sim_steps - 1;
    if (text && !read_range(text, job->n_sim_steps, first, last))
        return err_set(err, STATUS_USAGE,
                       "--%s: `%s` is not possible; expected FIRST:LAST of the steps 0 .. %" PRIu32
                       " that are simulated",
                       option, text, job->n_sim_steps - 1);
    return STATUS_OK;
}

Status job_read_vcd(Job *job, Err *err)
{
    static const char *const needs[] = {"vcd-cores", "vcd-steps"};
    job->vcd_name = args_text(job->args, "vcd");
    for (size_t i = 0; i < sizeof needs / sizeof needs[0] && !job->vcd_name; i++)
        if (args_text(job->args, needs[i]))
            return err_set(err, STATUS_USAGE, "--%s: needs --vcd; expected it too", needs[i]);
    if (!job->vcd_name)
        return STATUS_OK;
    if (!job->engine->timed)
        return err_set(err, STATUS_USAGE,
                       "--vcd: engine '%s' has no time axis; expected --fidelity event or flit",
                       job->engine->name);
    TRY(args_u32_list(job->arena, job->args, "vcd-cores", 0, job->chip->n_cores - 1,
                      &job->vcd.n_cores, &job->vcd.core, err));
    TRY(job_read_steps(job, "vcd-steps", &job->vcd.first_step, &job->vcd.last_step, err));
    if (file_is_folder(job->vcd_name))
        return err_set(err, STATUS_IO, "%s: is a folder; expected a file or nothing",
                       job->vcd_name);
    FileWriter *writer; /* that one can write there is better known before the work */
    TRY(file_write_begin(job->arena, job->vcd_name, &writer, err));
    file_write_abort(writer);
    job->vcd.path = arena_printf(job->arena, "%s.part", job->vcd_name);
    return STATUS_OK;
}

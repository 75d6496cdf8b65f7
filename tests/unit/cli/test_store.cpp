// store.c: rows are whole, say the same whatever their order, and survive whatever kills a process.
#include <algorithm>
#include <csignal>
#include <cstring>

#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "result_columns.h"
#include "store.h"
#include "sweep_fixture.h"

using namespace sweep_test;

namespace
{

class StoreTest : public SweepTest
{
  protected:
    void SetUp() override
    {
        SweepTest::SetUp();
        path = root + "/results.db";
        sweep.name = "hops";
        sweep.file = "sweep.yaml";
        sweep.folder = "/somewhere";
        sweep.text = "egret_sweep: 1\n";
    }

    Store *open_store()
    {
        Store *store = nullptr;
        EXPECT_EQ(store_open(arena, path.c_str(), &plan, &store, &err), STATUS_OK) << err.message;
        return store;
    }

    Status add(Store *store, const std::vector<Result> &result)
    {
        std::vector<const Result *> pointer;
        for (const Result &one : result)
            pointer.push_back(&one);
        return store_add(store, pointer.data(), (uint32_t)pointer.size(), &err);
    }

    void fill(const std::vector<Result> &result, size_t n_at_once)
    {
        Store *store = open_store();
        for (size_t i = 0; i < result.size(); i += n_at_once)
            ASSERT_EQ(add(store, {result.begin() + (long)i,
                                  result.begin() + (long)std::min(result.size(), i + n_at_once)}),
                      STATUS_OK)
                << err.message;
        store_close(store);
    }

    std::vector<Result> all_results()
    {
        std::vector<Result> all;
        for (uint32_t point = 0; point < N_POINTS; point++)
            for (uint32_t fidelity = 0; fidelity < N_FIDELITIES; fidelity++)
                all.push_back(result_of(point, (Fidelity)fidelity));
        return all;
    }

    // What a statement prints, cells with their types.
    std::string ask(const std::string &statement)
    {
        sqlite3 *db = nullptr;
        sqlite3_stmt *prepared = nullptr;
        std::string out;
        EXPECT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_prepare_v2(db, statement.c_str(), -1, &prepared, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db);
        while (sqlite3_step(prepared) == SQLITE_ROW) {
            for (int i = 0; i < sqlite3_column_count(prepared); i++) {
                const char *text = (const char *)sqlite3_column_text(prepared, i);
                out += text ? text : "NULL";
                out += i + 1 < sqlite3_column_count(prepared) ? "|" : "\n";
            }
        }
        sqlite3_finalize(prepared);
        sqlite3_close(db);
        return out;
    }

    // All rows but origin, to the last bit.
    std::string rows()
    {
        uint32_t n_columns;
        const ResultColumn *column = result_columns(&n_columns);
        std::string names;
        for (uint32_t i = 0; i < n_columns; i++)
            if (!column[i].is_origin)
                names += std::string(names.empty() ? "" : ", ") +
                         (column[i].kind >= COLUMN_VALUE
                              ? "printf('%!.17g', " + std::string(column[i].name) + ")"
                              : column[i].name);
        return ask("SELECT " + names + " FROM results ORDER BY point, fidelity");
    }

    void remove_database()
    {
        for (const char *end : {"", "-wal", "-shm"})
            remove((path + end).c_str());
    }

    Status open_fails()
    {
        Store *store = nullptr;
        const Status status = store_open(arena, path.c_str(), &plan, &store, &err);
        EXPECT_EQ(store == nullptr, status != STATUS_OK);
        if (store)
            store_close(store);
        return status;
    }

    std::string path;
    Err err = {};
};

TEST_F(StoreTest, PlanStandsInTheDatabase)
{
    store_close(open_store());
    EXPECT_EQ(ask("SELECT name, plan_hash, n_points, text FROM sweep"),
              "hops|0123456789abcdef|60|egret_sweep: 1\n\n");
    EXPECT_EQ(ask("SELECT name, varied FROM keys ORDER BY number"),
              "chip.noc.hop_cycles|1\ngenerate.density|1\ngenerate|0\n");
    EXPECT_EQ(ask("SELECT * FROM plan WHERE point = 13"), "13|2|0.3|egru\n");
    EXPECT_EQ(ask("SELECT typeof(\"chip.noc.hop_cycles\"), typeof(\"generate.density\"), "
                  "typeof(generate) FROM plan WHERE point = 13"),
              "integer|real|text\n");
    EXPECT_EQ(ask("SELECT count(*) FROM plan"), "60\n");
}

TEST_F(StoreTest, ViewJoinsValuesAndResults)
{
    fill(all_results(), 1000);
    EXPECT_EQ(ask("SELECT point, \"chip.noc.hop_cycles\", \"generate.density\", fidelity, status, "
                  "host FROM points WHERE point = 13 ORDER BY fidelity"),
              "13|2|0.3|count|ok|node7\n13|2|0.3|event|ok|node7\n13|2|0.3|flit|ok|node7\n");
    EXPECT_EQ(ask("SELECT count(*), count(latency_mean_us) FROM points WHERE status = 'no-fit'"),
              "27|0\n");
    EXPECT_EQ(ask("SELECT count(*) FROM points WHERE latency_mean_us_low > latency_mean_us"),
              "0\n");
}

TEST_F(StoreTest, ValuesThatNoNumberGivesAgainAreText)
{
    const char *const text[] = {"1e3",   "0.10", "+1", "9007199254740993",
                                "1e+15", "-3",   "-0", "0.30000000000000004",
                                "true",  ""};
    const char *const type[] = {"text",    "text", "text", "text", "real",
                                "integer", "text", "real", "text", "text"};
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        values[i * N_KEYS] = text[i];
    store_close(open_store());
    for (size_t i = 0; i < sizeof text / sizeof text[0]; i++)
        EXPECT_EQ(ask("SELECT typeof(\"chip.noc.hop_cycles\") FROM plan WHERE point = " +
                      std::to_string(i)),
                  std::string(type[i]) + "\n")
            << text[i];
}

TEST_F(StoreTest, RowsAreTheSameInWhateverOrderTheyCome)
{
    std::vector<Result> result = all_results();
    fill(result, 1000);
    const std::string expected = rows();
    EXPECT_EQ(std::count(expected.begin(), expected.end(), '\n'), N_POINTS * N_FIDELITIES);
    Rng rng = rng_make(3, 0);
    for (size_t n_at_once : {1u, 7u, 50u, 180u}) {
        remove_database();
        for (size_t i = result.size(); i > 1; i--)
            std::swap(result[i - 1], result[rng_below(&rng, i)]);
        for (Result &one : result)
            one.origin.pid = rng_u64(&rng) >> 1;
        fill(result, n_at_once);
        EXPECT_EQ(rows(), expected);
        fill(result, 100); // what is there stays
        EXPECT_EQ(rows(), expected);
    }
}

TEST_F(StoreTest, OneThatTellsWhatComesOutReplacesOneThatDoesNot)
{
    Result ended = result_of(2, FIDELITY_EVENT), other = ended;
    ended.status = RESULT_TIMEOUT;
    other.origin.host = "node8";
    const Result real = result_of(2, FIDELITY_EVENT);
    fill({ended}, 1);
    EXPECT_EQ(ask("SELECT status FROM results"), "timeout\n");
    fill({real, ended, other}, 1);
    EXPECT_EQ(ask("SELECT status, host FROM results"), "ok|node7\n");
}

TEST_F(StoreTest, AFailedAddLeavesNoPartOfIt)
{
    fill({result_of(0, FIDELITY_COUNT)}, 1);
    const std::string before = rows();
    ask("CREATE TRIGGER refuse BEFORE INSERT ON results WHEN new.point = 2 BEGIN "
        "SELECT RAISE(ABORT, 'refused'); END");
    Store *store = open_store();
    EXPECT_EQ(add(store, {result_of(1, FIDELITY_COUNT), result_of(2, FIDELITY_COUNT)}),
              STATUS_INPUT);
    EXPECT_EQ(rows(), before);
    EXPECT_EQ(add(store, {result_of(1, FIDELITY_COUNT)}), STATUS_OK) << err.message;
    store_close(store);
    EXPECT_EQ(ask("SELECT point FROM results ORDER BY point"), "0\n1\n");
}

// ---- databases that are none --------------------

TEST_F(StoreTest, WhatIsNoDatabaseIsRefusedAndLeftAlone)
{
    write_all(path, "a text that is long enough to look at, but has no header of SQLite in it, "
                    "and more than a hundred bytes\n");
    const std::string before = read_all(path);
    EXPECT_EQ(open_fails(), STATUS_INPUT);
    EXPECT_EQ(err.message, path + ": not a database; expected one that `egret sweep` made");
    EXPECT_EQ(read_all(path), before);
}

TEST_F(StoreTest, ADatabaseOfAnotherProgramIsRefusedAndLeftAlone)
{
    ask("CREATE TABLE results(a)");
    const std::string before = read_all(path);
    EXPECT_EQ(open_fails(), STATUS_INPUT);
    EXPECT_EQ(err.message,
              path + ": a database of another program; expected one that `egret sweep` made");
    EXPECT_EQ(read_all(path), before);
}

TEST_F(StoreTest, ResultsOfAnotherPlanOrVersionAreRefused)
{
    store_close(open_store());
    plan.hash++;
    EXPECT_EQ(open_fails(), STATUS_INPUT);
    EXPECT_EQ(err.message, path + ": results of another plan (of 'hops', 0123456789abcdef); "
                                  "expected results of this sweep ('hops', 0123456789abcdf0)");
    plan.hash--;
    ask("ALTER TABLE results ADD COLUMN more");
    EXPECT_EQ(open_fails(), STATUS_INPUT);
    EXPECT_NE(strstr(err.message, "results with other columns"), nullptr) << err.message;
    ask("PRAGMA user_version = 2");
    EXPECT_EQ(open_fails(), STATUS_INPUT);
    EXPECT_EQ(err.message, path + ": results in format 2; expected format 1");
}

TEST_F(StoreTest, AFolderAndAPathThatLeadsNowhereAreErrors)
{
    path = root;
    EXPECT_EQ(open_fails(), STATUS_IO);
    EXPECT_NE(strstr(err.message, "is a folder"), nullptr);
    path = root + "/none/results.db";
    EXPECT_EQ(open_fails(), STATUS_IO);
    EXPECT_EQ(err.message, path + ": cannot read or write: No such file or directory");
}

TEST_F(StoreTest, KeysThatDifferInCapitalsOnlyAreRefused)
{
    const SweepKey alike[] = {
        {KEY_FREE, "my.a", "a"}, {KEY_FREE, "my.A", "A"}, {KEY_FREE, "my.b", "b"}};
    plan.key = alike;
    EXPECT_EQ(open_fails(), STATUS_INPUT);
    EXPECT_NE(strstr(err.message, "'my.a' and 'my.A' differ in capitals only"), nullptr);
    EXPECT_NE(access(path.c_str(), F_OK), 0);
}

TEST_F(StoreTest, ADamagedDatabaseIsOneClearLineOrWorks)
{
    fill(all_results(), 1000);
    const std::string bytes = read_all(path);
    Rng rng = rng_make(9, 0);
    int n_refused = 0;
    for (int i = 0; i < 150; i++) {
        std::string other = bytes;
        for (int k = 0; k < 40; k++)
            other[rng_below(&rng, other.size())] = (char)rng_u64(&rng);
        if (i % 3 == 0)
            other.resize(rng_below(&rng, other.size()));
        remove_database();
        write_all(path, other);
        Store *store = nullptr;
        Status status = store_open(arena, path.c_str(), &plan, &store, &err);
        if (store) {
            status = add(store, all_results());
            store_close(store);
        }
        if (status == STATUS_OK)
            continue;
        n_refused++;
        EXPECT_TRUE(status == STATUS_INPUT || status == STATUS_IO) << err.message;
        EXPECT_EQ(std::string(err.message).rfind(path + ": ", 0), 0u) << err.message;
    }
    EXPECT_GT(n_refused, 100);
}

TEST_F(StoreTest, ADatabaseThatIsLockedIsToldAfterAWhile)
{
    Store *store = open_store();
    sqlite3 *db = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), SQLITE_OK);
    EXPECT_EQ(add(store, {result_of(1, FIDELITY_COUNT)}), STATUS_IO);
    EXPECT_EQ(err.message, path + ": locked by another process for more than 3 seconds; expected "
                                  "to have its turn");
    sqlite3_exec(db, "COMMIT", nullptr, nullptr, nullptr);
    sqlite3_close(db);
    EXPECT_EQ(add(store, {result_of(1, FIDELITY_COUNT)}), STATUS_OK) << err.message;
    store_close(store);
}

// ---- a full disk, a killed process --------------------

TEST_F(StoreTest, AFullDiskIsAnErrorAndWhatWasThereStays)
{
    const std::vector<Result> result = all_results();
    fill({result[0], result[1]}, 2);
    const std::string before = rows();
    const size_t n_bytes = read_all(path).size();
    int n_failed = 0;
    for (rlim_t most : {(rlim_t)0, (rlim_t)4096, (rlim_t)n_bytes, (rlim_t)(3 * n_bytes)}) {
        const pid_t child = fork();
        if (child == 0) {
            const rlimit limit = {most, most};
            signal(SIGXFSZ, SIG_IGN);
            Store *store = nullptr;
            if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
                _exit(99);
            Status status = store_open(arena, path.c_str(), &plan, &store, &err);
            if (status == STATUS_OK)
                status = add(store, result);
            _exit(status == STATUS_IO && strstr(err.message, "File too large") ? 5 : (int)status);
        }
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFEXITED(status));
        if (WEXITSTATUS(status) != 0) {
            EXPECT_EQ(WEXITSTATUS(status), 5) << most;
            EXPECT_EQ(rows(), before);
            n_failed++;
        }
    }
    EXPECT_GE(n_failed, 3);
    fill(result, 1000);
    EXPECT_EQ(ask("SELECT count(*) FROM results"), "180\n");
}

TEST_F(StoreTest, ADatabaseThatCannotBeMadeIsEmptyAndMadeNextTime)
{
    const pid_t child = fork();
    if (child == 0) {
        const rlimit limit = {8192, 8192};
        signal(SIGXFSZ, SIG_IGN);
        _exit(setrlimit(RLIMIT_FSIZE, &limit) == 0 ? (int)open_fails() : 99);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(WEXITSTATUS(status), (int)STATUS_IO);
    EXPECT_EQ(ask("SELECT count(*) FROM sqlite_schema"), "0\n");
    store_close(open_store());
    EXPECT_EQ(ask("SELECT count(*) FROM plan"), "60\n");
}

TEST_F(StoreTest, AProcessKilledAnywhereLeavesWholeTransactions)
{
    enum { N_AT_ONCE = 9 };
    const std::vector<Result> result = all_results();
    fill(result, 1000);
    const std::string expected = rows();
    remove_database();
    Rng rng = rng_make(21, 0);
    for (int round = 0; round < 30; round++) {
        const pid_t child = fork();
        if (child == 0) {
            Store *store = nullptr;
            if (store_open(arena, path.c_str(), &plan, &store, &err) != STATUS_OK)
                _exit(1);
            for (size_t i = 0; i < result.size(); i += N_AT_ONCE)
                if (add(store, {result.begin() + (long)i,
                                result.begin() + (long)(i + N_AT_ONCE)}) != STATUS_OK)
                    _exit(2);
            pause();
        }
        usleep((useconds_t)rng_below(&rng, 25000));
        kill(child, SIGKILL);
        int status = 0;
        ASSERT_EQ(waitpid(child, &status, 0), child);
        ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
        store_close(open_store());
        const int n = std::stoi(ask("SELECT count(*) FROM results"));
        EXPECT_EQ(n % N_AT_ONCE, 0);
        EXPECT_EQ(ask("PRAGMA integrity_check"), "ok\n");
        if (round % 2)
            remove_database();
    }
    fill(result, 1000);
    EXPECT_EQ(rows(), expected);
}

} // namespace

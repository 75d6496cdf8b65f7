// store_load.c: plan and results come back from the database alone, or one line says why not.
#include <cstring>

#include <sqlite3.h>
#include <sys/wait.h>
#include <unistd.h>

#include "result_columns.h"
#include "store.h"
#include "sweep_fixture.h"
#include "sweep_load_fixture.h"

using sweep_test::made_result;

namespace
{

class StoreLoadTest : public SweepLoadTest
{
  protected:
    void SetUp() override
    {
        SweepLoadTest::SetUp();
        ASSERT_EQ(load(sweep_text("  generate.density: 0.30000000000000004\n"
                                  "axes:\n"
                                  "  - {key: chip.noc.hop_cycles, values: [1, 2]}\n"
                                  "  - {key: my.share, values: [1e8, 0.1234567890123456789]}\n"
                                  "  - {key: run.placement, values: [snake, hilbert]}\n"
                                  "objectives: [latency_mean_us, {power_mw: smaller}]\n"
                                  "fidelity: multi\n")),
                  STATUS_OK)
            << err.message;
        ASSERT_EQ(plan->n_points, 8u);
        database = path("results.db");
        ASSERT_EQ(store_open(arena, database.c_str(), plan, &store, &err), STATUS_OK)
            << err.message;
    }

    void TearDown() override
    {
        if (store)
            close();
        SweepLoadTest::TearDown();
    }

    void close()
    {
        store_close(store);
        store = nullptr;
    }

    void add(uint32_t point, Fidelity fidelity)
    {
        const Result result = made_result(point, fidelity), *one = &result;
        ASSERT_EQ(store_add(store, &one, 1, &err), STATUS_OK) << err.message;
    }

    void run(const std::string &statement)
    {
        sqlite3 *db = nullptr;
        ASSERT_EQ(sqlite3_open(database.c_str(), &db), SQLITE_OK);
        EXPECT_EQ(sqlite3_exec(db, statement.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db);
        sqlite3_close(db);
    }

    Status load_back()
    {
        err = Err{};
        again = plan;
        return store_load(arena, database.c_str(), &again, &results, &err);
    }

    void expect_same_plan()
    {
        EXPECT_EQ(again->hash, plan->hash);
        EXPECT_EQ(again->n_left_out, plan->n_left_out);
        EXPECT_EQ(again->n_varied, plan->n_varied);
        ASSERT_EQ(again->n_points, plan->n_points);
        ASSERT_EQ(again->n_keys, plan->n_keys);
        for (uint32_t key = 0; key < plan->n_keys; key++) {
            EXPECT_STREQ(again->key[key].name, plan->key[key].name);
            EXPECT_EQ(again->key[key].kind, plan->key[key].kind);
            for (uint32_t point = 0; point < plan->n_points; point++)
                EXPECT_STREQ(plan_value(again, point, key), plan_value(plan, point, key));
        }
        EXPECT_STREQ(again->sweep->text, plan->sweep->text);
        EXPECT_STREQ(again->sweep->folder, plan->sweep->folder);
        EXPECT_TRUE(again->sweep->multi);
        EXPECT_EQ(again->sweep->n_objectives, 2u);
    }

    std::string database;
    Store *store = nullptr;
    const Plan *again = nullptr;
    Results results = {};
};

TEST_F(StoreLoadTest, PlanComesBackAsItWas)
{
    close();
    ASSERT_EQ(load_back(), STATUS_OK) << err.message;
    expect_same_plan();
    for (uint32_t i = 0; i < N_FIDELITIES * plan->n_points; i++)
        EXPECT_EQ(results.row[i], nullptr);
}

TEST_F(StoreLoadTest, ResultsComeBackToTheLastBit)
{
    for (uint32_t point = 0; point < plan->n_points; point++)
        add(point, point % 2 ? FIDELITY_EVENT : FIDELITY_COUNT);
    ASSERT_EQ(load_back(), STATUS_OK) << err.message; // while it is open to be written
    for (uint32_t point = 0; point < plan->n_points; point++)
        for (uint32_t fidelity = 0; fidelity < N_FIDELITIES; fidelity++) {
            const Result *found = results_at(&results, {point, (Fidelity)fidelity});
            ASSERT_EQ(found != nullptr, fidelity == point % 2);
            if (!found)
                continue;
            const Result made = made_result(point, (Fidelity)fidelity);
            EXPECT_EQ(result_differs(found, &made), nullptr) << result_differs(found, &made);
            EXPECT_STREQ(found->origin.host, made.origin.host);
            EXPECT_EQ(found->origin.wall_ms, made.origin.wall_ms);
            EXPECT_STREQ(result_line(arena, found), result_line(arena, &made));
        }
    EXPECT_EQ(results.n_twice, 0u);
}

TEST_F(StoreLoadTest, ATransactionThatIsOpenIsNotSeen)
{
    add(0, FIDELITY_COUNT);
    sqlite3 *db = nullptr;
    ASSERT_EQ(sqlite3_open(database.c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, "BEGIN IMMEDIATE; DELETE FROM results; DELETE FROM plan", nullptr,
                           nullptr, nullptr),
              SQLITE_OK);
    EXPECT_EQ(load_back(), STATUS_OK) << err.message;
    EXPECT_NE(results_at(&results, {0, FIDELITY_COUNT}), nullptr);
    sqlite3_close(db);
}

TEST_F(StoreLoadTest, WhatAKilledProcessLeftIsRead)
{
    close();
    const pid_t child = fork();
    if (child == 0) { // its log of transactions stays behind
        if (store_open(arena, database.c_str(), plan, &store, &err) != STATUS_OK)
            _exit(1);
        add(3, FIDELITY_EVENT);
        kill(getpid(), SIGKILL);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(access((database + "-wal").c_str(), F_OK), 0);
    ASSERT_EQ(load_back(), STATUS_OK) << err.message;
    EXPECT_NE(results_at(&results, {3, FIDELITY_EVENT}), nullptr);
    ASSERT_EQ(store_open(arena, database.c_str(), plan, &store, &err), STATUS_OK) << err.message;
    close(); // one file is left, for readers that cannot write
    EXPECT_NE(access((database + "-wal").c_str(), F_OK), 0);
}

TEST_F(StoreLoadTest, WhatIsNotAsItWasMadeIsRefused)
{
    add(1, FIDELITY_EVENT);
    add(3, FIDELITY_EVENT);
    close();
    const std::string good = read("results.db");
    for (const char *statement : {"UPDATE results SET status = 'fine'",
                                  "UPDATE results SET point = 99",
                                  "UPDATE results SET point = 2",
                                  "UPDATE results SET fidelity = 'flit' WHERE task = 4",
                                  "UPDATE results SET run_ps = 'long'",
                                  "UPDATE results SET power_mw = x'00'",
                                  "UPDATE results SET host = x'00'",
                                  "DELETE FROM plan WHERE point = 7",
                                  "UPDATE plan SET point = 100 WHERE point = 7",
                                  "INSERT INTO plan(point) VALUES(8)",
                                  "UPDATE plan SET \"chip.noc.hop_cycles\" = 3",
                                  "UPDATE plan SET \"my.share\" = NULL",
                                  "UPDATE sweep SET n_points = 7",
                                  "UPDATE sweep SET n_points = -1",
                                  "UPDATE sweep SET text = NULL",
                                  "UPDATE sweep SET plan_hash = 'x'",
                                  "DELETE FROM sweep",
                                  "UPDATE sweep SET text = 'egret_sweep: 1'",
                                  "UPDATE keys SET name = NULL",
                                  "UPDATE keys SET name = 'my.share'",
                                  "DELETE FROM keys",
                                  "UPDATE keys SET varied = 1",
                                  "DROP TABLE keys",
                                  "DROP TABLE plan",
                                  "DROP TABLE sweep",
                                  "DROP VIEW points; DROP TABLE results"}) {
        write("results.db", good);
        run(statement);
        EXPECT_EQ(load_back(), STATUS_INPUT) << statement;
        EXPECT_EQ(again, nullptr);
        EXPECT_NE(strlen(err.message), 0u);
        EXPECT_EQ(strchr(err.message, '\n'), nullptr);
    }
    write("results.db", good);
    EXPECT_EQ(load_back(), STATUS_OK) << err.message;
}

TEST_F(StoreLoadTest, DamagedBytesAreRefusedOrDoNoHarm)
{
    for (uint32_t point = 0; point < plan->n_points; point++)
        add(point, FIDELITY_EVENT);
    close();
    const std::string good = read("results.db");
    Rng rng = rng_make(4, 0);
    int n_refused = 0;
    for (int i = 0; i < 120; i++) {
        std::string other = good;
        other[rng_below(&rng, other.size())] ^= (char)(1 << rng_below(&rng, 8));
        if (i % 3 == 0)
            other.resize(rng_below(&rng, other.size()));
        write("results.db", other);
        const Status status = load_back();
        EXPECT_TRUE(status == STATUS_OK || status == STATUS_INPUT || status == STATUS_IO)
            << err.message;
        n_refused += status != STATUS_OK;
        if (status == STATUS_OK) {
            EXPECT_EQ(again->hash, plan->hash);
        }
    }
    EXPECT_GT(n_refused, 40);
}

TEST_F(StoreLoadTest, WhatIsNotThereOrEmptyIsTold)
{
    close();
    write("results.db", "");
    EXPECT_EQ(load_back(), STATUS_INPUT);
    EXPECT_EQ(message(), "results.db: an empty database; expected one that `egret sweep` made");
    write("results.db", "no database at all, but a text of more than a few bytes\n");
    EXPECT_EQ(load_back(), STATUS_INPUT);
    EXPECT_EQ(message(), "results.db: not a database; expected one that `egret sweep` made");
    remove(database.c_str());
    EXPECT_EQ(load_back(), STATUS_IO);
    EXPECT_EQ(message(), "results.db: cannot open: No such file or directory");
    database = folder;
    EXPECT_EQ(load_back(), STATUS_IO);
}

} // namespace

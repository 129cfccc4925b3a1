// node-postgres against a running server: host and port come from PGHOST and PGPORT. Run by test_node.py.
'use strict'

const assert = require('node:assert/strict')
const { randomUUID } = require('node:crypto')
const { setTimeout: pause } = require('node:timers/promises')
const test = require('node:test')
const { Client, Pool, types } = require('pg')
const Cursor = require('pg-cursor')
const QueryStream = require('pg-query-stream')

const unique = (prefix = 't') => `${prefix}_${randomUUID().replaceAll('-', '').slice(0, 10)}`
const where = { user: 'agent', database: 'hatidata' }

// A test with a connection of its own.
function connected(name, work, options = {}) {
  test(name, { timeout: 30_000 }, async () => {
    const client = new Client({ ...where, ...options })
    await client.connect()
    try {
      await work(client)
    } finally {
      await client.end()
    }
  })
}

const rejects = (promise, code) => assert.rejects(promise, (error) => (assert.equal(error.code, code, error.message), true))

connected('values_arrive_as_javascript_has_them', async (client) => {
  const { rows } = await client.query(`SELECT 1 AS i, 9007199254740993::BIGINT AS big, 1.5::DOUBLE AS f, 2.50::DECIMAL(10,2) AS n, true AS b, 'ü'::TEXT AS s,
    DATE '2024-02-29' AS d, TIMESTAMPTZ '2024-02-29 12:00:00+00' AS tz, '\\x00\\xFF'::BLOB AS raw, '{"a":[1,null]}'::JSON AS j,
    [1,2,NULL]::INTEGER[] AS a, ['x','q"u',NULL] AS t, '00000000-0000-0000-0000-000000000001'::UUID AS u, NULL::INTEGER AS nothing, INTERVAL '1 day 2 hours' AS span`)
  const row = rows[0]
  assert.equal(row.i, 1)
  assert.equal(row.big, '9007199254740993') // more than a number holds
  assert.equal(row.f, 1.5)
  assert.equal(row.n, '2.50')
  assert.equal(row.b, true)
  assert.equal(row.s, 'ü')
  assert.deepEqual([row.d.getFullYear(), row.d.getMonth(), row.d.getDate()], [2024, 1, 29])
  assert.equal(row.tz.toISOString(), '2024-02-29T12:00:00.000Z')
  assert.deepEqual(row.raw, Buffer.from([0, 255]))
  assert.deepEqual(row.j, { a: [1, null] })
  assert.deepEqual(row.a, [1, 2, null])
  assert.deepEqual(row.t, ['x', 'q"u', null])
  assert.equal(row.u, '00000000-0000-0000-0000-000000000001')
  assert.equal(row.nothing, null)
  assert.deepEqual({ ...row.span }, { days: 1, hours: 2 })
})

connected('parameters_take_the_type_of_their_column', async (client) => {
  const t = unique()
  await client.query(`CREATE TABLE ${t}(i INTEGER, big BIGINT, f DOUBLE, n DECIMAL(10,2), b BOOLEAN, s TEXT, d DATE, tz TIMESTAMPTZ, raw BLOB, j JSON, a INTEGER[], u UUID)`)
  const at = new Date('2024-02-29T12:34:56.789Z')
  const values = [7, '9007199254740993', 0.1, '12.34', false, 'it\'s "ü" \\', '1969-07-20', at, Buffer.from([0, 1, 255]), { a: [1, null] }, [1, null, 3], '00000000-0000-0000-0000-000000000001']
  const marks = values.map((_, n) => `$${n + 1}`).join(', ')
  const done = await client.query(`INSERT INTO ${t} VALUES (${marks})`, values)
  assert.deepEqual([done.command, done.rowCount], ['INSERT', 1])
  await client.query(`INSERT INTO ${t} VALUES (${marks})`, values.map(() => null))
  const { rows } = await client.query({ text: `SELECT * FROM ${t} ORDER BY i`, rowMode: 'array' })
  const [i, big, f, n, b, s, , tz, raw, j, a, u] = rows[0]
  assert.deepEqual([i, big, f, n, b, s, tz.getTime(), raw, j, a, u], [7, '9007199254740993', 0.1, '12.34', false, 'it\'s "ü" \\', at.getTime(), values[8], { a: [1, null] }, [1, null, 3], values[11]])
  assert.deepEqual(rows[1], values.map(() => null))
  const found = await client.query(`SELECT i FROM ${t} WHERE u = $1 AND d = $2 AND n > $3 AND s LIKE $4`, [values[11], '1969-07-20', 12, 'it%'])
  assert.deepEqual(found.rows, [{ i: 7 }])
})

connected('binary_results', async (client) => {
  const { rows } = await client.query({ text: "SELECT 7 AS i, 1.5::DOUBLE AS f, true AS b, 'x' AS s, 12::BIGINT AS big, '\\x01'::BLOB AS raw", binary: true })
  assert.deepEqual({ ...rows[0], raw: [...rows[0].raw] }, { i: 7, f: 1.5, b: true, s: 'x', big: '12', raw: [1] })
})

connected('fields_are_described', async (client) => {
  const { fields } = await client.query('SELECT 1 AS id, \'x\' AS "Mixed Case", 1.5::DECIMAL(10,2) AS price')
  assert.deepEqual(fields.map((f) => [f.name, f.dataTypeID]), [['id', types.builtins.INT4], ['Mixed Case', types.builtins.TEXT], ['price', types.builtins.NUMERIC]])
})

connected('type_parsers_are_chosen_by_oid', async (client) => {
  const parsers = { getTypeParser: (oid) => (oid === types.builtins.INT8 ? BigInt : (value) => value) }
  const { rows } = await client.query({ text: 'SELECT 9007199254740993::BIGINT AS n', types: parsers })
  assert.equal(rows[0].n, 9007199254740993n)
})

connected('several_statements_give_several_results', async (client) => {
  const results = await client.query("SELECT 1 AS a; SELECT 'b' AS b; CREATE TEMP TABLE gone(a INT)")
  assert.deepEqual(results.map((r) => [r.command, r.rows[0]]), [['SELECT', { a: 1 }], ['SELECT', { b: 'b' }], ['CREATE', undefined]])
})

connected('returning_gives_rows_and_count', async (client) => {
  const t = unique()
  await client.query(`CREATE TABLE ${t}(id INTEGER PRIMARY KEY, s TEXT)`)
  const done = await client.query(`INSERT INTO ${t} SELECT g, 's' || g FROM generate_series(1, $1::INTEGER) AS x(g) RETURNING id`, [3])
  assert.deepEqual([done.rowCount, done.rows.map((r) => r.id)], [3, [1, 2, 3]])
  const changed = await client.query(`INSERT INTO ${t} VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET s = excluded.s RETURNING *`, [2, 'new'])
  assert.deepEqual(changed.rows, [{ id: 2, s: 'new' }])
})

connected('serial_keys_are_returned', async (client) => {
  const t = unique()
  await client.query(`CREATE TABLE ${t}(id SERIAL PRIMARY KEY, s TEXT)`)
  const ids = []
  for (const s of ['a', 'b']) ids.push((await client.query(`INSERT INTO ${t}(s) VALUES ($1) RETURNING id`, [s])).rows[0].id)
  assert.deepEqual(ids, [1, 2])
})

connected('named_statement_is_prepared_once', async (client) => {
  const query = { name: 'double', text: 'SELECT $1::INTEGER * 2 AS n' }
  for (let n = 0; n < 10; n++) assert.equal((await client.query({ ...query, values: [n] })).rows[0].n, n * 2)
  await assert.rejects(client.query({ name: 'double', text: 'SELECT 3' }), /must be unique/) // node-postgres itself
})

connected('errors_carry_code_position_and_hint', async (client) => {
  await assert.rejects(client.query('SELECT nosuch FROM (SELECT 1 AS a) AS t WHERE a = $1', [1]), (error) => {
    assert.deepEqual([error.severity, error.code, error.position], ['ERROR', '42703', '8'])
    assert.ok(error.hint)
    return true
  })
  await rejects(client.query('SELECT * FROM nosuch'), '42P01')
  await rejects(client.query('SELEC 1'), '42601')
  await rejects(client.query('SELECT $1::INTEGER', ['one']), '22P02')
  assert.equal((await client.query('SELECT 1 AS a')).rows[0].a, 1)
})

connected('broken_constraints_have_their_codes', async (client) => {
  const t = unique()
  await client.query(`CREATE TABLE ${t}(id INTEGER PRIMARY KEY, n INTEGER NOT NULL CHECK (n > 0))`)
  await client.query(`INSERT INTO ${t} VALUES (1, 1)`)
  await rejects(client.query(`INSERT INTO ${t} VALUES ($1, $2)`, [1, 1]), '23505')
  await rejects(client.query(`INSERT INTO ${t} VALUES ($1, $2)`, [2, null]), '23502')
  await rejects(client.query(`INSERT INTO ${t} VALUES ($1, $2)`, [2, -1]), '23514')
})

connected('transaction_is_kept_or_undone', async (client) => {
  const t = unique()
  await client.query(`CREATE TABLE ${t}(a INTEGER)`)
  await client.query('BEGIN')
  await client.query(`INSERT INTO ${t} VALUES ($1)`, [1])
  await client.query('COMMIT')
  await client.query('BEGIN')
  await client.query(`INSERT INTO ${t} VALUES ($1)`, [2])
  await rejects(client.query('SELECT nosuch'), '42703')
  await rejects(client.query('SELECT 1'), '25P02')
  await client.query('ROLLBACK')
  assert.deepEqual((await client.query(`SELECT a FROM ${t}`)).rows, [{ a: 1 }])
})

connected('queries_are_queued_on_one_connection', async (client) => {
  const results = await Promise.all(Array.from({ length: 50 }, (_, n) => client.query('SELECT $1::INTEGER AS n', [n])))
  assert.deepEqual(results.map((r) => r.rows[0].n), Array.from({ length: 50 }, (_, n) => n))
})

test('pool_serves_many_at_a_time', { timeout: 30_000 }, async () => {
  const pool = new Pool({ ...where, max: 5 })
  const results = await Promise.all(Array.from({ length: 40 }, (_, n) => pool.query('SELECT $1::INTEGER AS n', [n])))
  assert.deepEqual(results.map((r) => r.rows[0].n), Array.from({ length: 40 }, (_, n) => n))
  assert.ok(pool.totalCount <= 5)
  const client = await pool.connect()
  await rejects(client.query('SELECT nosuch'), '42703')
  client.release()
  assert.equal((await pool.query('SELECT 1 AS a')).rows[0].a, 1)
  await pool.end()
})

connected('cursor_reads_in_pieces', async (client) => {
  const cursor = client.query(new Cursor('SELECT range AS n FROM range($1::BIGINT)', [250]))
  const sizes = []
  let rows
  do {
    rows = await cursor.read(100)
    sizes.push(rows.length)
  } while (rows.length)
  await cursor.close()
  assert.deepEqual(sizes, [100, 100, 50, 0])
  const endless = client.query(new Cursor('SELECT range AS n FROM range(100000000000)'))
  assert.equal((await endless.read(10))[9].n, '9')
  await endless.close() // before its end
  assert.equal((await client.query('SELECT 1 AS a')).rows[0].a, 1)
})

connected('rows_are_streamed', async (client) => {
  const stream = client.query(new QueryStream('SELECT range AS n FROM range($1::BIGINT)', [20_000], { batchSize: 1000 }))
  let seen = 0
  for await (const { n } of stream) assert.equal(Number(n), seen++)
  assert.equal(seen, 20_000)
})

connected('stream_can_be_left_early', async (client) => {
  const stream = client.query(new QueryStream('SELECT range AS n FROM range(100000000000)', [], { batchSize: 100 }))
  for await (const { n } of stream) if (n === '500') break
  assert.equal((await client.query('SELECT 1 AS a')).rows[0].a, 1)
})

connected('bulk_insert_of_arrays', async (client) => {
  const t = unique()
  await client.query(`CREATE TABLE ${t}(id INTEGER, s TEXT)`)
  const ids = Array.from({ length: 5000 }, (_, n) => n)
  const done = await client.query(`INSERT INTO ${t} SELECT unnest($1::INTEGER[]), unnest($2::TEXT[])`, [ids, ids.map((n) => (n % 2 ? `s${n}` : null))])
  assert.equal(done.rowCount, 5000)
  assert.deepEqual((await client.query(`SELECT count(*)::INTEGER AS n, count(s)::INTEGER AS s, sum(id)::INTEGER AS sum FROM ${t} WHERE id = ANY($1)`, [ids])).rows, [{ n: 5000, s: 2500, sum: 12497500 }])
})

connected('notices_are_heard', async (client) => {
  const heard = []
  client.on('notice', (notice) => heard.push([notice.severity, notice.code]))
  await client.query('COMMIT')
  assert.deepEqual(heard, [['WARNING', '25P01']])
})

connected('notifications_are_heard', async (client) => {
  const channel = unique('news')
  const heard = new Promise((resolve) => client.on('notification', resolve))
  await client.query(`LISTEN ${channel}`)
  const other = new Client(where)
  await other.connect()
  await other.query('SELECT pg_notify($1, $2)', [channel, 'hello'])
  const message = await heard
  assert.deepEqual([message.channel, message.payload], [channel, 'hello'])
  await other.end()
})

connected('statement_timeout_ends_a_statement', async (client) => {
  await rejects(client.query('SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3'), '57014')
  assert.equal((await client.query('SELECT 1 AS a')).rows[0].a, 1)
}, { statement_timeout: 300 })

connected('client_that_leaves_stops_its_statement', async (client) => {
  const other = new Client(where)
  other.on('error', () => {})
  await other.connect()
  const name = unique('leaver')
  const running = other.query(`SELECT count(*) AS ${name} FROM range(10000000) a, range(1000000) b WHERE (a.range * b.range) % 7 = 3`)
  running.catch(() => {})
  await pause(200)
  other.connection.stream.destroy()
  let outcome
  for (let tries = 0; tries < 100 && !outcome; tries++) {
    await pause(50)
    outcome = (await client.query('SELECT outcome FROM _hatidata_audit WHERE statement LIKE $1 AND statement NOT LIKE $2', [`%AS ${name} FROM%`, '%_audit%'])).rows[0]?.outcome
  }
  assert.equal(outcome, 'cancelled')
})

connected('settings_of_the_connection_reach_the_server', async (client) => {
  assert.equal((await client.query('SHOW application_name')).rows[0].application_name, 'my-agent/custom')
  assert.equal((await client.query('SHOW hatidata_agent_id')).rows[0].hatidata_agent_id, 'agent-7')
}, { application_name: 'my-agent/custom', options: '-c hatidata_agent_id=agent-7' })

connected('catalogs_describe_a_table', async (client) => {
  const t = unique()
  await client.query(`CREATE TABLE ${t}(id INTEGER PRIMARY KEY, name VARCHAR NOT NULL, price DECIMAL(10,2) DEFAULT 1)`)
  const columns = await client.query('SELECT column_name, is_nullable, ordinal_position FROM information_schema.columns WHERE table_name = $1 ORDER BY ordinal_position', [t])
  assert.deepEqual(columns.rows, [
    { column_name: 'id', is_nullable: 'NO', ordinal_position: 1 },
    { column_name: 'name', is_nullable: 'NO', ordinal_position: 2 },
    { column_name: 'price', is_nullable: 'YES', ordinal_position: 3 },
  ])
  const attributes = await client.query(`SELECT attname, format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = $1::regclass AND attnum > 0 ORDER BY attnum`, [t])
  assert.deepEqual(attributes.rows, [
    { attname: 'id', type: 'integer' },
    { attname: 'name', type: 'text' },
    { attname: 'price', type: 'numeric(10,2)' },
  ])
})

test('connection_on_a_branch', { timeout: 30_000 }, async () => {
  const main = new Client(where)
  await main.connect()
  const t = unique()
  const name = unique('what-if')
  await main.query(`CREATE TABLE ${t}(a INTEGER)`)
  await main.query('SELECT branch_create($1)', [name])
  const branch = new Client({ ...where, database: `hatidata/${name}` })
  await branch.connect()
  await branch.query(`INSERT INTO ${t} VALUES ($1)`, [1])
  assert.deepEqual((await branch.query(`SELECT * FROM ${t}`)).rows, [{ a: 1 }])
  assert.deepEqual((await main.query(`SELECT * FROM ${t}`)).rows, [])
  await branch.end()
  await main.end()
})

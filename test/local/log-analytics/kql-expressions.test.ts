import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Value } from '../../../src/local/log-analytics/kql/values.ts';
import {
  formatDatetime,
  formatTimespan,
  parseDatetime,
  parseTimespan,
} from '../../../src/local/log-analytics/kql/values.ts';
import { valueOf, warmUp } from './support.ts';

beforeAll(warmUp);

function table(cases: readonly (readonly [string, Value])[]): void {
  it.each(cases)('%s is %j', (expression, expected) => {
    expect(valueOf(expression)).toEqual(expected);
  });
}

describe('literals', () => {
  table([
    ['5', 5],
    ['-5', -5],
    ['0x1F', 31],
    ['5.5', 5.5],
    ['1e3', 1000],
    ['real(nan)', 'NaN'],
    ['real(+inf)', 'Infinity'],
    ['int(null)', null],
    ['true', true],
    ['"say \\"hi\\"\\n"', 'say "hi"\n'],
    ["'it\\'s'", "it's"],
    ['@"c:\\temp"', 'c:\\temp'],
    ['"a" "b"', 'ab'],
    ['datetime(2026-11-23)', '2026-11-23T00:00:00Z'],
    ['datetime(2026-11-23T01:02:03.4560Z)', '2026-11-23T01:02:03.456Z'],
    ['datetime(2026-11-23T01:02:03.000001Z)', '2026-11-23T01:02:03.000001Z'],
    ['datetime(2026-11-23 01:00:00+02:00)', '2026-11-22T23:00:00Z'],
    ['datetime(null)', null],
    ['5m', '00:05:00'],
    ['1.5h', '01:30:00'],
    ['250ms', '00:00:00.2500000'],
    ['2d', '2.00:00:00'],
    ['time(1.02:03:04.5)', '1.02:03:04.5000000'],
    ['timespan(3)', '3.00:00:00'],
    ['guid(74BE27DE-1E4E-49D9-B579-FE0B331D3642)', '74be27de-1e4e-49d9-b579-fe0b331d3642'],
    ['dynamic({"a": [1, "b"]})', '{"a":[1,"b"]}'],
    ['dynamic("plain")', 'plain'],
    ['dynamic(null)', null],
  ]);
});

describe('arithmetic', () => {
  table([
    ['7 / 2', 3],
    ['-7 / 2', -3],
    ['7.0 / 2', 3.5],
    ['7 / 2.0', 3.5],
    ['todouble(7) / 2', 3.5],
    ['1 / 0', null],
    ['1.0 / 0', 'Infinity'],
    ['5 % 3', 2],
    ['-14 % 12', 10],
    ['14 % -12', 2],
    ['1 + int(null)', null],
    ['2 * 3 + 4', 10],
    ['2 * (3 + 4)', 14],
    ['1h / 1m', 60],
    ['90s / 2', '00:00:45'],
    ['2 * 1m', '00:02:00'],
    ['datetime(2026-01-02) - datetime(2026-01-01)', '1.00:00:00'],
    ['datetime(2026-01-01) + 90s', '2026-01-01T00:01:30Z'],
    ['(datetime(2026-01-01T00:00:01.5Z) - datetime(2026-01-01)) / 1ms', 1500],
    ['-(1m)', '-00:01:00'],
  ]);
});

describe('null has three-valued logic', () => {
  table([
    ['int(null) == int(null)', null],
    ['int(null) == 1', false],
    ['int(null) != 1', true],
    ['int(null) != int(null)', null],
    ['int(null) > 1', null],
    ['not(bool(null))', null],
    ['bool(null) and false', false],
    ['bool(null) and true', null],
    ['bool(null) or true', true],
    ['bool(null) or false', null],
    ['int(null) in (1, 2)', false],
    ['int(null) between (1 .. 2)', null],
    ['isnull(int(null))', true],
    ['isnotnull(0)', true],
    ['isempty("")', true],
    ['isnotempty(" ")', true],
    ['iff(bool(null), "yes", "no")', 'no'],
    ['coalesce(int(null), 3)', 3],
    ['coalesce("", "b")', 'b'],
    ['case(false, 1, 2 > 1, 2, 3)', 2],
    ['case(false, 1, bool(null), 2, 3)', 3],
  ]);
});

describe('strings', () => {
  table([
    ['"Shop" == "shop"', false],
    ['"Shop" =~ "shop"', true],
    ['"Shop" !~ "shop"', false],
    ['"Shop" in ("shop", "x")', false],
    ['"Shop" in~ ("shop", "x")', true],
    ['"Shop" !in ("shop")', true],
    ['"Shop" !in~ ("shop")', false],
    ['2 in (1, 2)', true],
    ['"b" in (dynamic(["a", "b"]))', true],
    ['"hello World" has "world"', true],
    ['"hello World" has "wor"', false],
    ['"hello World" hasprefix "wor"', true],
    ['"hello World" hassuffix "LD"', true],
    ['"hello World" has_cs "world"', false],
    ['"hello-World_x" has "world"', true],
    ['"hello World" !has "moon"', true],
    ['"hello World" contains "LO WO"', true],
    ['"hello World" contains_cs "LO WO"', false],
    ['"hello World" !contains "x"', true],
    ['"51195A17ff" startswith "51195a17"', true],
    ['"51195A17ff" startswith_cs "51195a17"', false],
    ['"x" !startswith "y"', true],
    ['"" startswith "y"', false],
    ['"\u212a" startswith "k"', true],
    ['"x" startswith ""', true],
    ['"a.HTML" endswith ".html"', true],
    ['"a.HTML" !endswith ".html"', false],
    ['tolower("ÄB")', 'äb'],
    ['toupper("ab")', 'AB'],
    ['strlen("abc")', 3],
    ['strcat("a", 1, true, 1.0, datetime(2026-01-01))', 'a1true1.02026-01-01T00:00:00.0000000Z'],
    ['substring("abcdef", 2)', 'cdef'],
    ['substring("abcdef", 1, 2)', 'bc'],
    ['substring("abcdef", -2)', 'ef'],
    ['split("a,b,c", ",")[1]', 'b'],
    ['replace_string("a.b.c", ".", "$&")', 'a$&b$&c'],
  ]);
});

describe('conversions', () => {
  table([
    ['toint("503")', 503],
    ['toint("")', null],
    ['toint("abc")', null],
    ['toint(2.9)', 2],
    ['tolong("-4")', -4],
    ['toint(true)', 1],
    ['todouble("1.5e3")', 1500],
    ['toreal("x")', null],
    ['tobool("TRUE")', true],
    ['tobool("no")', null],
    ['tobool(2)', true],
    ['tostring(5)', '5'],
    ['tostring(1m)', '00:01:00'],
    ['tostring(dynamic({"a": 1}))', '{"a":1}'],
    ['tostring(int(null))', ''],
    ['todatetime("2026-01-01T10:00:00Z")', '2026-01-01T10:00:00Z'],
    ['todatetime("yesterday")', null],
    ['todatetime("2026-06-31")', null],
    ['totimespan("00:00:30")', '00:00:30'],
    ['parse_json("{\\"a\\": {\\"b\\": [1, 2]}}").a.b[-1]', '2'],
    ['parse_json("not json")', 'not json'],
    ['dynamic({"a b": 1})["a b"]', '1'],
    ['parse_json("{}").constructor', null],
    ['parse_json("{}").gone.deeper', null],
    ['array_length(dynamic([1, 2]))', 2],
  ]);
});

describe('numbers and dates', () => {
  table([
    ['bin(7, 5)', 5],
    ['bin(-7, 5)', -10],
    ['bin(7.7, 0.5)', 7.5],
    ['floor(7.7, 1.0)', 7],
    ['bin(datetime(2026-11-23T01:02:03.456Z), 1s)', '2026-11-23T01:02:03Z'],
    ['bin(datetime(2026-11-23T01:02:03.456Z), 7d)', '2026-11-23T00:00:00Z'],
    ['bin(datetime(1969-12-31T23:59:59.5Z), 1s)', '1969-12-31T23:59:59Z'],
    ['bin(95s, 1m)', '00:01:00'],
    ['bin(datetime(null), 1s)', null],
    ['bin(5, 0)', null],
    // The example of the function's own page.
    ['bin_at(6.5, 2.5, 7)', 4.5],
    ['bin_at(datetime(2026-01-01T00:08:00Z), 7m, datetime(1970-01-01))', '2026-01-01T00:07:00Z'],
    ['bin_at(datetime(null), 7m, datetime(1970-01-01))', null],
    ['hash("abc") == hash(strcat("a", "bc"))', true],
    ['hash("abc") == hash("abd")', false],
    ['hash("abc") >= 0', true],
    ['hash("abc", 7) == hash("abc") % 7', true],
    ['5 between (5 .. 10)', true],
    ['11 !between (5 .. 10)', true],
    ['datetime(2026-01-01T00:30:00Z) between (datetime(2026-01-01) .. 1h)', true],
    ['round(2.567, 1)', 2.6],
    ['min_of(3, 1, 2)', 1],
    ['max_of(1m, 2m)', '00:02:00'],
    ['now()', '2026-11-23T01:10:00Z'],
    ['now(-10m)', '2026-11-23T01:00:00Z'],
    ['ago(70m)', '2026-11-23T00:00:00Z'],
    ['datetime_diff("day", datetime(2017-10-30T23:55:00Z), datetime(2017-10-23T00:05:00Z))', 7],
    ['datetime_diff("minute", datetime(2026-01-01T00:01:00Z), datetime(2026-01-01T00:00:59Z))', 1],
    ['datetime_diff("month", datetime(2026-01-01), datetime(2025-11-30))', 2],
    ['startofday(datetime(2026-11-23T05:00:00Z))', '2026-11-23T00:00:00Z'],
    ['startofweek(datetime(2026-11-23T05:00:00Z))', '2026-11-22T00:00:00Z'],
    ['isnan(real(nan))', true],
  ]);
});

describe('parse_url', () => {
  const url = '"https://me:pw@Shop.example:8443/cart/7?q=1&r=a%20b#top"';
  table([
    [`parse_url(${url}).Scheme`, 'https'],
    [`parse_url(${url}).Host`, 'Shop.example'],
    [`parse_url(${url}).Port`, '8443'],
    [`parse_url(${url}).Path`, '/cart/7'],
    [`parse_url(${url}).Username`, 'me'],
    [`parse_url(${url}).Fragment`, 'top'],
    [`parse_url(${url})["Query Parameters"].r`, 'a b'],
    ['tostring(parse_url("http://h/p?u=http://x@y").Host)', 'h'],
    ['tostring(parse_url("http://[::1]:80/p").Host)', '[::1]'],
    ['tostring(parse_url("/only/a/path").Host)', ''],
    ['tostring(parse_url("").Host)', ''],
  ]);
});

describe('text forms', () => {
  it('reads back every datetime that it writes, to the microsecond', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: -62_135_596_800_000, max: 253_402_300_799_999 }),
        fc.constantFrom('trimmed' as const, 'all' as const),
        (ms, digits) => {
          expect(parseDatetime(formatDatetime(ms, digits))).toBe(ms);
        },
      ),
    );
  });

  it('reads back every timespan that it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
        expect(parseTimespan(formatTimespan(ms))).toBeCloseTo(ms, 3);
      }),
    );
  });
});

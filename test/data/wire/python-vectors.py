"""Asks Python's Celery and dateutil what they make of texts, and prints the answers as python-vectors.json.

    PYTHONPATH=<where celery 5.6 is> python3 python-vectors.py > python-vectors.json
"""
import json
from datetime import timezone

from celery.utils.saferepr import saferepr
from celery.utils.time import isoparse
from kombu.utils.json import loads

LONG = 'lorem ipsum dolor sit amet ' * 60

JSONS = [
    '[]', '{}', '[1]', '[[1],[2,[3,[4,[5]]]]]', '{"a":{"b":{"c":{"d":{"e":1}}}}}', '[null,true,false]', '["it\'s", "a \\"b\\"", "back\\\\slash", "new\\nline", "\\u0000"]',
    '["h\\u00e6\\u2603", "\\ud83d\\ude00"]', '[1.5, 1e20, 1e16, 9007199254740992.0, 1e22, 0.1, 1e-5, 0.0001, 1e-7, 1.5e-10, 123456789.125, 5e-324, 1.7976931348623157e308]',
    '[12345678901234567890, -12345678901234567890, 9007199254740993, 9007199254740992, 9007199254740991]', '[NaN, Infinity, -Infinity]', '[1e400, -1e400]',
    '{"__proto__": 1, "constructor": {"prototype": 2}}', '{"a": 1, "a": 2}', '{"": ""}',
    '{"__type__": "datetime", "__value__": "2024-01-02T03:04:05.000006"}', '{"__type__": "datetime", "__value__": "2024-01-02T03:04:05+00:00"}',
    '{"__type__": "datetime", "__value__": "2024-01-02T03:04:05.123000+05:30"}', '{"__type__": "datetime", "__value__": "2024-01-02T03:04:00-08:00"}',
    '{"__type__": "datetime", "__value__": "2024-01-02T00:00:00+00:00"}', '{"__type__": "datetime", "__value__": "2024-01-02"}', '{"__type__": "datetime", "__value__": "nonsense"}',
    '{"__type__": "datetime", "__value__": 5}', '{"__type__": "date", "__value__": "2024-01-02"}', '{"__type__": "date", "__value__": "2024-01-02T03:04:05"}', '{"__type__": "date", "__value__": "2024-02-30"}',
    '{"__type__": "time", "__value__": "03:04"}', '{"__type__": "time", "__value__": "03:04:05"}', '{"__type__": "time", "__value__": "03:04:05.000006"}', '{"__type__": "time", "__value__": "03:04:05+05:30"}',
    '{"__type__": "time", "__value__": "25:00"}', '{"__type__": "decimal", "__value__": "1.50"}', '{"__type__": "decimal", "__value__": "-1E+5"}', '{"__type__": "decimal", "__value__": "NaN"}',
    '{"__type__": "decimal", "__value__": "one"}', '{"__type__": "uuid", "__value__": {"hex": "00000000000000000000000000000005"}}', '{"__type__": "uuid", "__value__": {"hex": "5"}}', '{"__type__": "uuid", "__value__": null}',
    '{"__type__": "bytes", "__value__": "abc\\u00e6"}', '{"__type__": "base64", "__value__": "YWL/"}', '{"__type__": "base64", "__value__": "YWL"}', '{"__type__": "base64", "__value__": 1}',
    '{"__type__": "nothing", "__value__": 1}', '{"__type__": [], "__value__": 1}', '{"__type__": null, "__value__": 1}', '{"__type__": "constructor", "__value__": 1}', '{"__type__": "date"}',
    '{"__type__": "date", "__value__": "x", "more": 1}', '{"__\\u0074ype__": "decimal", "__value__": "1.5"}', '{"a": [{"__type__": "decimal", "__value__": "1.5"}, {"b": {"__type__": "bytes", "__value__": ""}}]}',
    '', ' ', '[', ']', '[1,]', '[,1]', '{"a"}', '{"a":}', '{"a":1,}', '{a:1}', "['a']", '"a', '"\\x"', '"\\u12"', '"a\nb"', '"a\tb"', '01', '-', '+1', '.5', '1.', '1e', '--1', 'nan', 'infinity', '-NaN', 'True', 'None', 'undefined', '1 2', '[1] x',
    '\ufeff[]', ' [ 1 , 2 ] ', '\t{"a"\n:\r1}', '\u00a0[]', '-0', '0', '"\\ud800"',
]

REPRS = [
    ([LONG], 1024), ([LONG, LONG], 1024), ([['x' * 10] * 200], 1024), ([{str(n): n for n in range(300)}], 1024), (['x' * 1023], 1024), (['x' * 1021], 1024), (['x' * 1020, 1], 1024),
    ([[['x' * 1024]], 'tail'], 1024), ([1, 2, 3], 4), ([1, 2, 3], 5), ([1, 2, 3], 6), ([1, 2, 3], 7), ([1, 2, 3], 8), ([[1, 2], [3]], 6), ([{'key': 'value'}], 8), ([{'key': 'value'}], 12), ([{'key': {'k': 1}}], 11),
    (['a b c d e f'], 6), (['\U0001f600' * 20], 10), (['h\u00e6' * 20, 1], 12), (['\U0001f600' * 8, 1, 2, 3], 16), ([b'abcdefgh'.decode(), 5], 4), ([1234567890123], 6), ([{'a' * 2000: 1}], 1024), ([1.5, None, True], 9), ([[]], 2), ([[], []], 3), ([{}, 'x'], 3),
    ([], 1024), ([[[[[]]]]], 1024), ([[[[1]], [2]], 'it\'s'], 1024),
]

DATES = [
    '2026-11-20T22:53:58.529416+00:00', '2026-11-20T22:53:58Z', '2026-11-20T22:53:58z', '2026-11-20 22:53:58', '2026-11-20x22:53', '2026-11-20T22', '2026-11-20T22:53:58+05:30', '2026-11-20T22:53:58-0800', '2026-11-20T22:53:58+05', '2026-11-20',
    '20261120', '20261120T225358', '20261120T2253', '20261120T225358.5Z', '2026-11', '202611', '2026', '2026-W47', '2026-W47-5', '2026W47', '2026W475', '2026-W47-5T10:00', '2026-W47T10:00', '2026-324', '2026324', '2026324T10', '2024-366', '2023-366', '2026-000',
    '2026-11-20T24:00', '2026-11-20T24:00:00Z', '2026-12-31T24:00', '2026-11-20T24:01', '2026-11-20T25:00', '2026-11-20T22:60', '2026-11-20T22:53:60', '2026-02-29', '2024-02-29', '2026-13-01', '2026-00-01', '2026-01-00', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59.999999Z', '0000-01-01',
    '2026-11-20T22:53:58.1', '2026-11-20T22:53:58.123456789', '2026-11-20T22:53:58,25', '2026-11-20T22:53:58.', '2026-11-20T22:53.5', '2026-11-20T', '2026-11-20T2', '2026-11-20T2253:58', '2026-11-20T22:5358', '2026-11-20T22:53:58+24:00', '2026-11-20T22:53:58+05:60', '2026-11-20T22:53:58+5',
    '2026-11-20T22:53:58+05:30x', 'tomorrow', '', 'T', '2026-11-2', '2026-1-20', '26-11-20', '+2026-11-20', '2026-11-20T22:53:58 +00:00', '2026-11-20T22Z', '2026-11-20T22:53+01:00', '2026-W00-1', '2026-W54-1', '2026-W47-0', '2026-W47-8', '2020-W53-7', '2026-W53-7', '1969-12-31T23:59:59Z',
]


def asked(question, *arguments):
    try:
        return question(*arguments)
    except Exception:  # any refusal is the same to us
        return None


def instant(text):
    date = isoparse(text)
    aware = date if date.tzinfo else date.replace(tzinfo=timezone.utc)
    return {'seconds': int(aware.replace(microsecond=0).timestamp()), 'microseconds': date.microsecond, 'naive': date.tzinfo is None}


print(json.dumps({
    'json': [[text, asked(lambda: saferepr(loads(text), 1024))] for text in JSONS],
    'repr': [[json.dumps(args), size, saferepr(tuple(args), size), saferepr(args, size)] for args, size in REPRS],
    'iso': [[text, asked(instant, text)] for text in DATES],
}, indent=0))

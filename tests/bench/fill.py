"""Copy every project of a database so many times: `python -m tests.bench.fill 83`."""

import sys

import django

if __name__ == "__main__":
    django.setup()
    from tests.bench.multiply import multiply

    print(multiply(int(sys.argv[1])))

"""`python -m scenes` is the command line."""

from scenes.cli.main import main

if __name__ == "__main__":
    main()

"""The house rules, as a test: see tests/house.py."""

from tests import house


def test_no_file_is_too_long() -> None:
    assert house.long_files() == []


def test_no_function_is_too_long() -> None:
    assert house.long_functions() == []


def test_each_library_with_a_seam_is_imported_in_one_file() -> None:
    assert house.scattered_sdks() == []


def test_the_locked_requirements_name_packages_and_hashes_only() -> None:
    assert house.hosts_in_locks() == []

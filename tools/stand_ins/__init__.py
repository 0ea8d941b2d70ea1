"""Modules that Home Assistant finds in place of two libraries of its voice assistant.

It always sets the voice assistant up, and requires these libraries for it. They come as C++ without
a wheel for Python 3.14, so every start would try to compile them for twenty seconds, and then
report failures in its log and its notifications. The folder of this file is on Home Assistant's
module search path instead; nobody speaks to the Home Assistant of a developer.
"""

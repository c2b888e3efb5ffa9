"""The film studio: one photograph, a reference motion and a narration become a speaking portrait.

Stages are plain functions of their inputs; `portrait.pipeline` alone knows their order and
asks `consent` for permission and `watermark` for the seal.
"""

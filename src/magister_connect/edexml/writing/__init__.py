"""Write records to a file: conversion to a version, rendering, and writing."""

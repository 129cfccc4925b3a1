{{ config(materialized='table', schema='reports') }}
select country, sum(amount) as amount from {{ ref('paid') }} group by country
